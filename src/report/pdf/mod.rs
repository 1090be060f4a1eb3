//! A report as PDF: A4 pages, drawn by hand, with the typeface's used letters inside, so that text can be searched and copied.

mod ink;
mod layout;
mod letters;

use pdf_writer::types::{ActionType, AnnotationType};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use self::layout::Layout;
use self::letters::Letters;
use super::font::Weight;
use super::page::Page;
use super::words::Words;
use crate::error::Result;

/// A4, points.
const PAGE_WIDTH: f32 = 595.0;
const PAGE_HEIGHT: f32 = 842.0;
const MARGIN: f32 = 46.0;
const FOOT_SIZE: f32 = 9.0;

/// A page that is laid out.
struct Sheet {
    content: Content,
    /// Where links are, from the lower left corner, and where they lead.
    links: Vec<(Rect, String)>,
}

/// All of it.
///
/// # Errors
/// None that is to be expected: the typeface is part of the program.
pub fn pdf(page: &Page) -> Result<Vec<u8>> {
    let mut letters = Letters::default();
    let mut sheets = Layout::new(&mut letters).page(page);
    foot(page, &mut sheets, &mut letters);
    let mut refs = (1..).map(Ref::new);
    let mut next = move || refs.next().expect("numbers do not end");
    let (catalog, tree, info) = (next(), next(), next());
    let mut pdf = Pdf::new();
    pdf.set_version(1, 7);
    let fonts = [Weight::Regular, Weight::SemiBold].map(|weight| (weight, next()));
    for (weight, font) in fonts {
        letters.write(weight, &mut pdf, font, &mut next)?;
    }
    let ids: Vec<Ref> = sheets.iter().map(|_| next()).collect();
    for (sheet, id) in sheets.into_iter().zip(&ids) {
        let (stream, annotations) = (next(), sheet.links.iter().map(|_| next()).collect::<Vec<_>>());
        for ((rect, address), id) in sheet.links.into_iter().zip(&annotations) {
            let mut annotation = pdf.annotation(*id);
            annotation.subtype(AnnotationType::Link).rect(rect).border(0.0, 0.0, 0.0, None);
            annotation.action().action_type(ActionType::Uri).uri(Str(address.as_bytes()));
        }
        let mut written = pdf.page(*id);
        written.media_box(Rect::new(0.0, 0.0, PAGE_WIDTH, PAGE_HEIGHT)).parent(tree).contents(stream);
        written.annotations(annotations);
        let mut resources = written.resources();
        let mut names = resources.fonts();
        fonts.iter().for_each(|(weight, font)| {
            names.pair(letters::name(*weight), font);
        });
        names.finish();
        resources.finish();
        written.finish();
        letters::deflated(&mut pdf, stream, &sheet.content.finish());
    }
    pdf.pages(tree).count(ids.len() as i32).kids(ids);
    let mut written = pdf.catalog(catalog);
    written.pages(tree).lang(TextStr(page.language.tag()));
    written.viewer_preferences().display_doc_title(true);
    written.finish();
    pdf.document_info(info).title(TextStr(&page.subject())).creator(TextStr("NovaHouse"));
    Ok(pdf.finish())
}

/// On each page which it is, of how many.
fn foot(page: &Page, sheets: &mut [Sheet], letters: &mut Letters) {
    let (count, words) = (sheets.len(), Words::of(page.language));
    for (place, sheet) in sheets.iter_mut().enumerate() {
        let left = format!("{} · {} {} · {}", page.name, words.bot, page.bot, page.days);
        let right = format!("{} {}/{count}", words.page, place + 1);
        let x = PAGE_WIDTH - MARGIN - letters.width(&right, Weight::Regular, FOOT_SIZE);
        let room = x - MARGIN - 12.0;
        let left = letters.fitting(&left, Weight::Regular, FOOT_SIZE, room);
        for (text, x) in [(left, MARGIN), (right, x)] {
            letters.show(&mut sheet.content, &text, (x, 26.0), (Weight::Regular, FOOT_SIZE), ink::QUIET);
        }
    }
}

/// A name in the file.
const fn named(name: &'static [u8]) -> Name<'static> {
    Name(name)
}
