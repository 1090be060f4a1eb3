//! A report as HTML that mail programs show: tables, styles in each element, at most 600 px, nothing from elsewhere. Where a
//! program knows dark mode, the classes take over; everything else reads on its own.

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::chart::Chart;
use super::page::{Block, Cell, Change, Mood, Page, Part, Quote, Row, Table, Tile};
use super::picture;
use super::words::Words;

/// How wide charts are shown at most, pixels.
const CHART_WIDTH: f32 = 536.0;
/// How large they are drawn, points: smaller, so that what they say can be read on a phone too.
const DRAWN: (f32, f32) = (420.0, 170.0);

const FONT: &str = "font-family:Inter,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

const DARK: &str = "\
:root{color-scheme:light dark;supported-color-schemes:light dark}\
@media (max-width:480px){.pad{padding-left:18px!important;padding-right:18px!important}}\
@media (prefers-color-scheme:dark){\
.ground{background:#0f131b!important}.card{background:#171c27!important;border-color:#2a3140!important}\
.text{color:#e8eaf0!important}.quiet{color:#a2aabb!important}.line{border-color:#2a3140!important}\
.link{color:#6dc4de!important}.good{color:#7ccfa6!important}.bad{color:#ff9e78!important}\
.button{background:#6dc4de!important;color:#08202a!important}}";

/// Where the pictures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pictures {
    /// Parts of the mail, by `cid`.
    Attached,
    /// In the page itself.
    Inside,
}

/// What a mail says beside the report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footer<'a> {
    /// What the report is called, in a mail.
    pub report: Option<&'a str>,
    pub unsubscribe: Option<&'a str>,
    /// Whether it comes long after it was due.
    pub is_late: bool,
}

/// The picture of a chart as it is part of the mail.
pub fn png(chart: &Chart) -> Vec<u8> {
    let (width, height) = DRAWN;
    picture::png(&chart.drawn(width, height))
}

/// What a chart's picture is called within its mail.
pub fn content_id(chart: &Chart) -> String {
    format!("{}@novahouse", chart.name)
}

/// All of it.
pub fn html(page: &Page, pictures: Pictures, footer: &Footer<'_>) -> String {
    let words = Words::of(page.language);
    let mut out = Html { text: String::with_capacity(16 * 1024), pictures, words };
    let (title, gist) = (escaped(&page.subject()), escaped(&page.gist));
    out.push(&format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\" />\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\" />\n<meta name=\"color-scheme\" content=\"light dark\" />\n<meta \
         name=\"supported-color-schemes\" content=\"light dark\" />\n",
        page.language.tag()
    ));
    if pictures == Pictures::Inside {
        // It may stand in a frame, which the dashboard does not.
        out.push("<base target=\"_blank\" />\n");
    }
    out.push(&format!(
        "<title>{title}</title>\n<style>{DARK}</style>\n</head>\n\
         <body class=\"ground\" style=\"margin:0;padding:0;background:#f6f5f1;-webkit-text-size-adjust:100%\">\n\
         <div style=\"display:none;max-height:0;overflow:hidden\">{gist}</div>\n"
    ));
    out.push(
        "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" class=\"ground\" \
         style=\"background:#f6f5f1\"><tr><td align=\"center\" style=\"padding:24px 8px\">\n<!--[if mso]><table \
         role=\"presentation\" width=\"600\"><tr><td><![endif]-->\n<table role=\"presentation\" width=\"100%\" \
         cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"max-width:600px\">\n",
    );
    out.head(page, footer);
    page.parts.iter().for_each(|part| out.part(part));
    out.foot(page, footer);
    out.push("</table>\n<!--[if mso]></td></tr></table><![endif]-->\n</td></tr></table>\n</body>\n</html>\n");
    out.text
}

struct Html {
    text: String,
    pictures: Pictures,
    words: &'static Words,
}

impl Html {
    fn push(&mut self, markup: &str) {
        self.text.push_str(markup);
    }

    /// Writing to memory does not fail.
    fn put(&mut self, markup: std::fmt::Arguments<'_>) {
        let _ = self.text.write_fmt(markup);
    }

    fn head(&mut self, page: &Page, footer: &Footer<'_>) {
        self.put(format_args!(
            "<tr><td class=\"pad\" style=\"padding:0 32px 16px\"><p class=\"quiet\" style=\"margin:0;{FONT};font-size:13px;\
             color:#596173\">{} · {} {}</p><h1 class=\"text\" style=\"margin:4px 0 0;{FONT};font-size:24px;line-height:32px;\
             font-weight:600;color:#1a2130\">{}</h1>",
            escaped(page.name),
            escaped(self.words.bot),
            escaped(&page.bot),
            escaped(&page.days)
        ));
        self.put(format_args!(
            "<p class=\"text\" style=\"margin:8px 0 0;{FONT};font-size:15px;line-height:22px;color:#1a2130\">{}</p>",
            escaped(&page.gist)
        ));
        if let Some(compared) = page.compared {
            self.quiet(compared, "4px 0 0");
        }
        if footer.is_late {
            self.quiet(self.words.late, "4px 0 0");
        }
        if let Some(link) = &page.link {
            self.put(format_args!(
                "<p style=\"margin:16px 0 0\"><a class=\"button\" href=\"{}\" style=\"display:inline-block;background:#0b5f7a;\
                 color:#ffffff;{FONT};font-size:15px;font-weight:600;text-decoration:none;padding:10px 18px;\
                 border-radius:6px\">{}</a></p>",
                escaped(link),
                escaped(self.words.open)
            ));
        }
        self.push("</td></tr>\n");
    }

    fn quiet(&mut self, text: &str, margin: &str) {
        self.put(format_args!(
            "<p class=\"quiet\" style=\"margin:{margin};{FONT};font-size:13px;line-height:20px;color:#596173\">{}</p>",
            escaped(text)
        ));
    }

    fn part(&mut self, part: &Part) {
        self.put(format_args!(
            "<tr><td style=\"padding:0 0 16px\"><table role=\"presentation\" width=\"100%\" cellpadding=\"0\" \
             cellspacing=\"0\" border=\"0\" class=\"card\" style=\"background:#ffffff;border:1px solid #e5e2d9;\
             border-radius:10px\"><tr><td class=\"pad\" style=\"padding:20px 32px 24px\"><h2 class=\"text\" \
             style=\"margin:0;{FONT};font-size:17px;line-height:24px;font-weight:600;color:#1a2130\">{}</h2>\n",
            escaped(part.heading)
        ));
        part.blocks.iter().for_each(|block| self.block(block));
        if let Some(link) = &part.link {
            self.put(format_args!(
                "<p style=\"margin:14px 0 0;{FONT};font-size:14px\">{}</p>",
                anchor(link, &format!("{} →", self.words.open_part))
            ));
        }
        self.push("</td></tr></table></td></tr>\n");
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Tiles(tiles) => self.tiles(tiles),
            Block::Chart(chart) => self.chart(chart),
            Block::Table(table) => self.table(table),
            Block::Quotes(quotes) => quotes.iter().for_each(|quote| self.quote(quote)),
            Block::Note(text) => self.quiet(text, "10px 0 0"),
        }
    }

    /// Two beside each other: on a phone there is room for no more.
    fn tiles(&mut self, tiles: &[Tile]) {
        self.push(
            "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
             style=\"margin-top:6px\">",
        );
        for pair in tiles.chunks(2) {
            self.push("<tr>");
            pair.iter().for_each(|tile| self.tile(tile));
            if pair.len() == 1 {
                self.push("<td width=\"50%\"></td>");
            }
            self.push("</tr>");
        }
        self.push("</table>\n");
    }

    fn tile(&mut self, tile: &Tile) {
        let name = tile.link.as_deref().map_or_else(|| escaped(tile.name), |link| anchor(link, tile.name));
        self.put(format_args!(
            "<td width=\"50%\" valign=\"top\" style=\"padding:10px 8px 6px 0\"><div class=\"quiet\" style=\"{FONT};\
             font-size:13px;line-height:18px;color:#596173\">{name}</div><div class=\"text\" style=\"{FONT};font-size:24px;\
             line-height:32px;font-weight:600;color:#1a2130\">{}",
            escaped(&tile.value)
        ));
        if let Some(change) = &tile.change {
            self.change(change, 14);
        }
        self.put(format_args!(
            "</div><div class=\"quiet\" style=\"{FONT};font-size:12px;line-height:16px;color:#596173\">{}</div></td>",
            escaped(&tile.note)
        ));
    }

    fn change(&mut self, change: &Change, size: u32) {
        let (class, colour) = match change.mood {
            Mood::Good => ("good", "#15694d"),
            Mood::Bad => ("bad", "#a8390f"),
            Mood::Neither => ("quiet", "#596173"),
        };
        self.put(format_args!(
            " <span class=\"{class}\" style=\"{FONT};font-size:{size}px;font-weight:500;white-space:nowrap;color:{colour}\">\
             {}</span>",
            escaped(&change.text)
        ));
    }

    fn chart(&mut self, chart: &Chart) {
        let source = match self.pictures {
            Pictures::Attached => format!("cid:{}", content_id(chart)),
            Pictures::Inside => format!("data:image/png;base64,{}", BASE64.encode(png(chart))),
        };
        self.quiet(&chart.heading, "16px 0 6px");
        self.put(format_args!(
            "<img src=\"{source}\" width=\"{CHART_WIDTH}\" alt=\"{}\" style=\"display:block;width:100%;\
             max-width:{CHART_WIDTH}px;height:auto;border:0;{FONT};font-size:13px;color:#596173\" />\n",
            escaped(&chart.alt)
        ));
    }

    fn table(&mut self, table: &Table) {
        self.push(
            "<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin-top:14px\"><tr>",
        );
        for column in &table.columns {
            self.put(format_args!(
                "<th class=\"quiet line\"{} align=\"{}\" valign=\"bottom\" style=\"padding:6px {};border-bottom:1px solid \
                 #e5e2d9;{FONT};font-size:12px;font-weight:500;white-space:nowrap;color:#596173\">{}</th>",
                // Numbers take no more room than they need.
                if column.is_number { "" } else { " width=\"100%\"" },
                if column.is_number { "right" } else { "left" },
                if column.is_number { "0 6px 12px" } else { "0" },
                escaped(column.heading)
            ));
        }
        self.push("</tr>");
        table.rows.iter().for_each(|row| self.row(row, table));
        self.push("</table>\n");
    }

    fn row(&mut self, row: &Row, table: &Table) {
        self.push("<tr>");
        for (place, (cell, column)) in row.cells.iter().zip(&table.columns).enumerate() {
            let link = row.link.as_deref().filter(|_| place == 0);
            self.put(format_args!(
                "<td class=\"text line\" align=\"{}\" valign=\"top\" style=\"padding:7px {};border-bottom:1px solid #e5e2d9;\
                 {FONT};font-size:14px;line-height:20px;color:#1a2130;{}\">",
                if column.is_number { "right" } else { "left" },
                if column.is_number { "0 7px 12px" } else { "0" },
                if column.is_number { "white-space:nowrap" } else { "word-break:break-word" },
            ));
            self.cell(cell, link);
            self.push("</td>");
        }
        self.push("</tr>");
    }

    fn cell(&mut self, cell: &Cell, link: Option<&str>) {
        let text = link.map_or_else(|| escaped(&cell.text), |link| anchor(link, &cell.text));
        self.push(&text);
        if let Some(change) = &cell.change {
            self.change(change, 12);
        }
    }

    fn quote(&mut self, quote: &Quote) {
        let text = quote.link.as_deref().map_or_else(|| escaped(&quote.text), |link| anchor(link, &quote.text));
        self.put(format_args!(
            "<p class=\"text line\" style=\"margin:10px 0 0;padding:0 0 0 12px;border-left:3px solid #e5e2d9;{FONT};\
             font-size:14px;line-height:20px;color:#1a2130;word-break:break-word\">{text}</p>\n"
        ));
    }

    fn foot(&mut self, page: &Page, footer: &Footer<'_>) {
        let Some(report) = footer.report else { return };
        let words = Words::of(page.language);
        self.push("<tr><td class=\"pad\" style=\"padding:4px 32px 24px\">");
        self.quiet(words.attached, "0");
        let reason = format!("{} {}.", words.sent_because, words.quoted(report));
        self.quiet(&reason, "6px 0 0");
        if let Some(link) = footer.unsubscribe {
            self.put(format_args!(
                "<p style=\"margin:6px 0 0;{FONT};font-size:13px\">{}</p>",
                anchor(link, words.unsubscribe)
            ));
        }
        self.push("</td></tr>\n");
    }
}

fn anchor(address: &str, text: &str) -> String {
    let (address, text) = (escaped(address), escaped(text));
    format!("<a class=\"link\" href=\"{address}\" style=\"color:#0b5f7a;text-decoration:underline\">{text}</a>")
}

/// So that a text is only a text, in an attribute too.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::report::period::Every;
    use crate::report::samples::{figures, nothing};
    use crate::report::section::Section;

    const SERVER: &str = "https://chat.example.com";

    /// Every mail that there can be, with what it was asked for.
    fn mails() -> Vec<(String, String)> {
        let mut all = Vec::new();
        for every in [Every::Day, Every::Week, Every::Month] {
            for language in [Language::En, Language::Pl] {
                for (server, figures) in
                    [(Some(SERVER), figures(every)), (None, figures(every)), (None, nothing(every))]
                {
                    let page = Page::of(&figures, &Section::ALL, language, server);
                    let unsubscribe = server.map(|server| format!("{server}/api/reports/unsubscribe?report=1&token=2"));
                    let footer = Footer { report: Some("<R&D>"), unsubscribe: unsubscribe.as_deref(), is_late: true };
                    for pictures in [Pictures::Attached, Pictures::Inside] {
                        let of = format!("{every:?} {language:?} {server:?} {pictures:?}");
                        all.push((of, html(&page, pictures, &footer)));
                    }
                }
            }
        }
        all
    }

    /// The elements, each closed in its turn, and the texts of their attributes.
    fn elements(html: &str) -> (Vec<String>, Vec<(String, String)>) {
        let (mut open, mut names, mut attributes) = (Vec::new(), Vec::new(), Vec::new());
        let mut rest = html;
        while let Some(at) = rest.find('<') {
            rest = &rest[at + 1..];
            if let Some(comment) = rest.strip_prefix("!--") {
                rest = &comment[comment.find("-->").expect("its end")..];
                continue;
            }
            let end = rest.find('>').expect("its end");
            let tag = &rest[..end];
            rest = &rest[end + 1..];
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(name), "{html}");
                continue;
            }
            if tag.starts_with('!') {
                continue;
            }
            let name = tag.split([' ', '/']).next().expect("a name").to_owned();
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{name}");
            let mut parts = tag[name.len()..].trim_end_matches('/').split('"');
            while let (Some(before), Some(value)) = (parts.next(), parts.next()) {
                attributes.push((before.trim().trim_end_matches('=').to_owned(), value.to_owned()));
            }
            names.push(name.clone());
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
        (names, attributes)
    }

    #[test]
    fn a_mail_is_well_formed_asks_for_nothing_and_what_was_typed_is_text() {
        for (of, html) in mails() {
            let (names, attributes) = elements(&html);
            assert!(!names.iter().any(|name| matches!(&**name, "script" | "link" | "iframe" | "form" | "svg")), "{of}");
            for (name, value) in &attributes {
                match &**name {
                    "src" => assert!(
                        value.starts_with("cid:") || value.starts_with("data:image/png;base64,"),
                        "{of}: {value}"
                    ),
                    "href" => assert!(value.starts_with(SERVER), "{of}: {value}"),
                    "style" => assert!(!value.contains("url("), "{of}: {value}"),
                    _ => assert!(!name.starts_with("on"), "{of}: {name}"),
                }
            }
            let links = attributes.iter().filter(|(name, _)| name == "href").count();
            assert_eq!(links > 0, of.contains("Some"), "{of}: without an address of the server there are no links");
            assert!(html.contains("&lt;R&amp;D&gt;") && !html.contains("<R&D>"), "{of}");
            // Some programs cut what is longer.
            if of.contains("Attached") {
                assert!(html.len() < 100_000, "{of}: {}", html.len());
            }
        }
    }

    #[test]
    fn the_words_of_one_language_are_not_those_of_the_other() {
        let text = |language| {
            let page = Page::of(&figures(Every::Week), &Section::ALL, language, None);
            crate::report::text::text(&page, &Footer::default())
        };
        let (english, polish) = (text(Language::En), text(Language::Pl));
        for (en, pl) in [
            ("Weekly report, bot sklep: 23–29 November 2026", "Raport tygodniowy, bot sklep: 23–29 listopada 2026"),
            ("Not understood", "Niezrozumiane"),
            ("Compared with the week before.", "W porównaniu z poprzednim tygodniem."),
        ] {
            assert!(english.contains(en) && !english.contains(pl), "{en}: {english}");
            assert!(polish.contains(pl) && !polish.contains(en), "{pl}: {polish}");
        }
        assert!(english.lines().all(|line| line.chars().count() <= 160), "{english}");
    }

    #[test]
    fn a_part_that_is_left_out_is_nowhere() {
        let figures = figures(Every::Week);
        for section in Section::ALL {
            let rest: Vec<Section> = Section::ALL.into_iter().filter(|one| *one != section).collect();
            let (with, without) =
                (Page::of(&figures, &[section], Language::En, None), Page::of(&figures, &rest, Language::En, None));
            let [part] = &with.parts[..] else { panic!("{section:?}") };
            assert!(without.parts.iter().all(|one| one.heading != part.heading), "{section:?}");
            assert_eq!(without.parts.len(), rest.len());
        }
    }
}
