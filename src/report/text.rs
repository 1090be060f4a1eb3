//! A report as plain text, beside the HTML of a mail and for a terminal.

use super::figures::shortened;
use super::html::Footer;
use super::page::{Block, Cell, Change, Page, Table, Tile};
use super::words::Words;

/// The longest line that is made here, characters.
const LINE_CHARS: usize = 76;

/// All of it.
pub fn text(page: &Page, footer: &Footer<'_>) -> String {
    let words = Words::of(page.language);
    let title = format!("{}, {} {}: {}", page.name, words.bot, page.bot, page.days);
    let mut lines = vec![title.clone(), "=".repeat(title.chars().count()), String::new(), page.gist.clone()];
    lines.extend(page.compared.map(str::to_owned));
    if footer.is_late {
        lines.push(words.late.to_owned());
    }
    lines.extend(page.link.clone());
    for part in &page.parts {
        lines.extend([String::new(), part.heading.to_owned(), "-".repeat(part.heading.chars().count())]);
        part.blocks.iter().for_each(|block| write(block, &mut lines));
        lines.extend(part.link.clone());
    }
    if let Some(report) = footer.report {
        lines.extend([String::new(), words.attached.to_owned()]);
        lines.push(format!("{} {}.", words.sent_because, words.quoted(report)));
        lines.extend(footer.unsubscribe.map(|link| format!("{}: {link}", words.unsubscribe)));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn write(block: &Block, lines: &mut Vec<String>) {
    match block {
        Block::Tiles(tiles) => lines.extend(tiles.iter().map(tile)),
        // The table and the tiles say what there is to say.
        Block::Chart(chart) => lines.push(chart.alt.clone()),
        Block::Table(table) => {
            lines.push(String::new());
            lines.extend(rows(table));
        }
        Block::Quotes(quotes) => lines.extend(quotes.iter().map(|quote| format!("  {}", quote.text))),
        Block::Note(text) => lines.push(text.clone()),
    }
}

fn tile(tile: &Tile) -> String {
    format!("  {:<24} {}{}", tile.name, tile.value, changed(tile.change.as_ref()))
}

fn changed(change: Option<&Change>) -> String {
    change.map(|change| format!(" ({})", change.text)).unwrap_or_default()
}

/// In columns: the first takes what the others leave.
fn rows(table: &Table) -> Vec<String> {
    let shown = |cell: &Cell| format!("{}{}", cell.text, changed(cell.change.as_ref()));
    let headings = table.columns.iter().map(|column| column.heading.to_owned()).collect();
    let all: Vec<Vec<String>> =
        std::iter::once(headings).chain(table.rows.iter().map(|row| row.cells.iter().map(shown).collect())).collect();
    let widths: Vec<usize> = (0..table.columns.len())
        .map(|place| all.iter().map(|cells| cells[place].chars().count()).max().unwrap_or(0))
        .collect();
    let beside: usize = widths.iter().skip(1).map(|width| width + 2).sum();
    let first = widths[0].min(LINE_CHARS.saturating_sub(beside + 2)).max(12);
    let line = |cells: Vec<String>| {
        let mut cells = cells.into_iter();
        let name = shortened(&cells.next().unwrap_or_default(), first);
        let rest = cells.zip(&widths[1..]).map(|(cell, width)| format!("  {cell:>width$}"));
        format!("  {name:<first$}{}", rest.collect::<String>())
    };
    all.into_iter().map(line).collect()
}
