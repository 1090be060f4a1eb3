//! Where everything goes on the pages.

use pdf_writer::{Content, Rect};

use super::letters::Letters;
use super::{MARGIN, PAGE_HEIGHT, PAGE_WIDTH, Sheet, ink};
use crate::report::chart::{Chart, Shape};
use crate::report::font::Weight;
use crate::report::page::{Block, Page, Part, Quote, Row, Table, Tile};
use crate::report::words::Words;

const WIDTH: f32 = PAGE_WIDTH - 2.0 * MARGIN;
/// What the foot of a page takes.
const FOOT: f32 = 52.0;
const CHART_HEIGHT: f32 = 150.0;
const TILES_IN_A_ROW: usize = 4;
const TILE_HEIGHT: f32 = 62.0;
/// Part of a table's width that its first column has at least.
const FIRST_COLUMN_SHARE: f32 = 0.4;
const CELL_GAP: f32 = 14.0;
const CELL_SIZE: f32 = 10.0;
const LINE_HEIGHT: f32 = 14.0;

type Style = (Weight, f32);
const TITLE: Style = (Weight::SemiBold, 22.0);
const HEADING: Style = (Weight::SemiBold, 14.0);
const BODY: Style = (Weight::Regular, 11.0);
const SMALL: Style = (Weight::Regular, 9.0);
const FIGURE: Style = (Weight::SemiBold, 17.0);
const CELL: Style = (Weight::Regular, CELL_SIZE);

pub struct Layout<'l> {
    letters: &'l mut Letters,
    sheets: Vec<Sheet>,
    /// The lower end of what is there, from the lower end of the page.
    y: f32,
}

impl<'l> Layout<'l> {
    pub fn new(letters: &'l mut Letters) -> Self {
        Self { letters, sheets: vec![blank()], y: PAGE_HEIGHT - MARGIN }
    }

    pub fn page(mut self, page: &Page) -> Vec<Sheet> {
        let words = Words::of(page.language);
        let kind = format!("{} · {} {}", page.name, words.bot, page.bot);
        self.paragraph(&kind, BODY, ink::QUIET, 16.0);
        self.paragraph(&page.days, TITLE, ink::TEXT, 30.0);
        self.paragraph(&page.gist, BODY, ink::TEXT, 17.0);
        if let Some(compared) = page.compared {
            self.paragraph(compared, SMALL, ink::QUIET, 14.0);
        }
        if let Some(link) = &page.link {
            self.down(2.0);
            self.linked(words.open, link, BODY, MARGIN);
        }
        page.parts.iter().for_each(|part| self.part(part, words));
        self.sheets
    }

    fn sheet(&mut self) -> &mut Sheet {
        self.sheets.last_mut().expect("there is one")
    }

    /// Makes sure of so much room, on another page where this one has it not.
    fn need(&mut self, height: f32) {
        if self.y - height < FOOT {
            self.sheets.push(blank());
            self.y = PAGE_HEIGHT - MARGIN;
        }
    }

    fn down(&mut self, height: f32) {
        self.y -= height;
    }

    fn show(&mut self, text: &str, at: (f32, f32), style: Style, colour: ink::Rgb) {
        let sheet = self.sheets.last_mut().expect("there is one");
        self.letters.show(&mut sheet.content, text, at, style, colour);
    }

    fn paragraph(&mut self, text: &str, style: Style, colour: ink::Rgb, height: f32) {
        for line in self.letters.lines(text, style, WIDTH, usize::MAX) {
            self.need(height);
            self.down(height);
            self.show(&line, (MARGIN, self.y + height * 0.25), style, colour);
        }
    }

    /// A line that leads somewhere.
    fn linked(&mut self, text: &str, link: &str, style: Style, x: f32) {
        self.need(18.0);
        self.down(18.0);
        let y = self.y + 5.0;
        self.show(text, (x, y), style, ink::LINK);
        self.link(text, link, style, (x, y));
    }

    fn link(&mut self, text: &str, link: &str, style: Style, (x, y): (f32, f32)) {
        let wide = self.letters.width(text, style.0, style.1);
        self.sheet().links.push((Rect::new(x, y - 3.0, x + wide, y + style.1), link.to_owned()));
    }

    fn part(&mut self, part: &Part, words: &Words) {
        // A heading stands on the page of what it is for.
        let first = part.blocks.first().map_or(0.0, |block| match block {
            Block::Tiles(_) => TILE_HEIGHT,
            Block::Chart(_) => CHART_HEIGHT + 26.0,
            Block::Table(_) | Block::Quotes(_) | Block::Note(_) => 3.0 * LINE_HEIGHT + 12.0,
        });
        self.need(46.0 + first);
        self.down(22.0);
        self.rule();
        self.down(22.0);
        let y = self.y + 2.0;
        self.show(part.heading, (MARGIN, y), HEADING, ink::TEXT);
        if let Some(link) = &part.link {
            let text = format!("{} →", words.open_part);
            let x = PAGE_WIDTH - MARGIN - self.letters.width(&text, SMALL.0, SMALL.1);
            self.show(&text, (x, y), SMALL, ink::LINK);
            self.link(&text, link, SMALL, (x, y));
        }
        part.blocks.iter().for_each(|block| self.block(block));
    }

    fn rule(&mut self) {
        let (y, [red, green, blue]) = (self.y, ink::LINE);
        let content = &mut self.sheet().content;
        content.set_fill_rgb(red, green, blue).rect(MARGIN, y, WIDTH, 0.8).fill_nonzero();
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Tiles(tiles) => tiles.chunks(TILES_IN_A_ROW).for_each(|row| self.tiles(row)),
            Block::Chart(chart) => self.chart(chart),
            Block::Table(table) => self.table(table),
            Block::Quotes(quotes) => quotes.iter().for_each(|quote| self.quote(quote)),
            Block::Note(text) => {
                self.down(4.0);
                self.paragraph(text, SMALL, ink::QUIET, 14.0);
            }
        }
    }

    fn tiles(&mut self, tiles: &[Tile]) {
        self.need(TILE_HEIGHT);
        let top = self.y;
        let wide = WIDTH / TILES_IN_A_ROW as f32;
        for (place, tile) in tiles.iter().enumerate() {
            let x = MARGIN + wide * place as f32;
            let name = self.letters.fitting(tile.name, SMALL.0, SMALL.1, wide - 8.0);
            let colour = if tile.link.is_some() { ink::LINK } else { ink::QUIET };
            self.show(&name, (x, top - 18.0), SMALL, colour);
            if let Some(link) = &tile.link {
                self.link(&name, link, SMALL, (x, top - 18.0));
            }
            let value = self.letters.fitting(&tile.value, FIGURE.0, FIGURE.1, wide - 8.0);
            self.show(&value, (x, top - 38.0), FIGURE, ink::TEXT);
            match &tile.change {
                Some(change) => self.show(&change.text, (x, top - 53.0), SMALL, ink::of_mood(change.mood)),
                None => self.show("–", (x, top - 53.0), SMALL, ink::QUIET),
            }
        }
        self.down(TILE_HEIGHT);
        // One alone has room for what it means beside it.
        if let [tile] = tiles {
            let (x, room) = (MARGIN + wide, WIDTH - wide);
            let note = self.letters.fitting(&tile.note, SMALL.0, SMALL.1, room);
            self.show(&note, (x, top - 38.0), SMALL, ink::QUIET);
        }
    }

    fn chart(&mut self, chart: &Chart) {
        self.need(CHART_HEIGHT + 26.0);
        self.down(20.0);
        self.show(&chart.heading, (MARGIN, self.y + 4.0), SMALL, ink::QUIET);
        let top = self.y;
        for shape in chart.drawn(WIDTH, CHART_HEIGHT).shapes {
            match shape {
                Shape::Box { x, y, width, height, ink } => {
                    let [red, green, blue] = ink::of_ink(ink);
                    let content = &mut self.sheet().content;
                    content.set_fill_rgb(red, green, blue);
                    content.rect(MARGIN + x, top - y - height, width, height).fill_nonzero();
                }
                Shape::Text { x, y, size, text, ink } => {
                    self.show(&text, (MARGIN + x, top - y), (Weight::Regular, size), ink::of_ink(ink));
                }
            }
        }
        self.down(CHART_HEIGHT + 6.0);
    }

    fn table(&mut self, table: &Table) {
        let widths = self.widths(table);
        self.down(8.0);
        self.headings(table, &widths);
        for row in &table.rows {
            let lines = self.letters.lines(&row.cells[0].text, CELL, widths[0] - CELL_GAP, 3);
            let height = lines.len() as f32 * LINE_HEIGHT + 6.0;
            let sheets = self.sheets.len();
            self.need(height);
            if self.sheets.len() > sheets {
                self.headings(table, &widths);
            }
            self.row(row, &lines, &widths);
            self.down(height);
            self.rule();
        }
    }

    fn headings(&mut self, table: &Table, widths: &[f32]) {
        self.need(2.0 * LINE_HEIGHT + 12.0);
        self.down(16.0);
        let mut x = MARGIN;
        for (column, wide) in table.columns.iter().zip(widths) {
            let text = self.letters.fitting(column.heading, SMALL.0, SMALL.1, *wide);
            let inset = if column.is_number { wide - self.letters.width(&text, SMALL.0, SMALL.1) } else { 0.0 };
            self.show(&text, (x + inset, self.y + 4.0), SMALL, ink::QUIET);
            x += wide;
        }
        self.rule();
    }

    fn row(&mut self, row: &Row, lines: &[String], widths: &[f32]) {
        let top = self.y - LINE_HEIGHT;
        for (number, line) in lines.iter().enumerate() {
            let at = (MARGIN, top - number as f32 * LINE_HEIGHT);
            let colour = if row.link.is_some() { ink::LINK } else { ink::TEXT };
            self.show(line, at, CELL, colour);
            if let Some(link) = &row.link {
                self.link(line, link, CELL, at);
            }
        }
        if let (Some(change), Some(line)) = (&row.cells[0].change, lines.last()) {
            let x = MARGIN + self.letters.width(line, CELL.0, CELL.1) + 5.0;
            let y = top - (lines.len() - 1) as f32 * LINE_HEIGHT;
            self.show(&change.text, (x, y), SMALL, ink::of_mood(change.mood));
        }
        let mut right = MARGIN + widths[0];
        for (cell, wide) in row.cells.iter().zip(widths).skip(1) {
            right += wide;
            let mut x = right;
            if let Some(change) = &cell.change {
                x -= self.letters.width(&change.text, SMALL.0, SMALL.1);
                self.show(&change.text, (x, top), SMALL, ink::of_mood(change.mood));
                x -= 5.0;
            }
            x -= self.letters.width(&cell.text, CELL.0, CELL.1);
            self.show(&cell.text, (x, top), CELL, ink::TEXT);
        }
    }

    /// Columns of numbers are as wide as their widest; the first has the rest.
    fn widths(&self, table: &Table) -> Vec<f32> {
        let of_cell = |place: usize| {
            let heading = self.letters.width(table.columns[place].heading, SMALL.0, SMALL.1);
            let cells = table.rows.iter().map(|row| {
                let change = row.cells[place].change.as_ref();
                let change = change.map_or(0.0, |change| self.letters.width(&change.text, SMALL.0, SMALL.1) + 5.0);
                self.letters.width(&row.cells[place].text, CELL.0, CELL.1) + change
            });
            cells.fold(heading, f32::max) + CELL_GAP
        };
        let rest: Vec<f32> = (1..table.columns.len()).map(of_cell).collect();
        let room = WIDTH * (1.0 - FIRST_COLUMN_SHARE);
        let squeeze = (room / rest.iter().sum::<f32>().max(1.0)).min(1.0);
        let rest: Vec<f32> = rest.into_iter().map(|wide| wide * squeeze).collect();
        std::iter::once(WIDTH - rest.iter().sum::<f32>()).chain(rest).collect()
    }

    fn quote(&mut self, quote: &Quote) {
        let lines = self.letters.lines(&quote.text, CELL, WIDTH - 14.0, 3);
        let height = lines.len() as f32 * LINE_HEIGHT;
        self.need(height + 8.0);
        self.down(8.0);
        let (top, [red, green, blue]) = (self.y, ink::LINE);
        self.sheet().content.set_fill_rgb(red, green, blue).rect(MARGIN, top - height, 2.5, height).fill_nonzero();
        for (number, line) in lines.iter().enumerate() {
            let at = (MARGIN + 12.0, top - number as f32 * LINE_HEIGHT - 11.0);
            let colour = if quote.link.is_some() { ink::LINK } else { ink::TEXT };
            self.show(line, at, CELL, colour);
            if let Some(link) = &quote.link {
                self.link(line, link, CELL, at);
            }
        }
        self.down(height);
    }
}

fn blank() -> Sheet {
    Sheet { content: Content::new(), links: Vec::new() }
}
