//! Text in PDF: which glyphs are used, how wide they are, and the part of the typeface that has them.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str};
use subsetter::GlyphRemapper;

use super::ink::Rgb;
use super::named;
use crate::error::{Error, Result};
use crate::report::font::{self, Face, Weight};

const IDENTITY: SystemInfo<'_> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// The glyphs that a document has used so far.
#[derive(Default)]
pub struct Letters {
    regular: Used,
    semi_bold: Used,
}

struct Used {
    numbers: GlyphRemapper,
    /// By their number in the document: the character, and how wide it is in thousandths of the size.
    known: BTreeMap<u16, (char, f32)>,
}

impl Default for Used {
    fn default() -> Self {
        Self { numbers: GlyphRemapper::new(), known: BTreeMap::new() }
    }
}

/// What a weight is called on each page.
pub fn name(weight: Weight) -> Name<'static> {
    match weight {
        Weight::Regular => named(b"R"),
        Weight::SemiBold => named(b"B"),
    }
}

/// A stream, made shorter.
pub fn deflated(pdf: &mut Pdf, id: Ref, bytes: &[u8]) {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("writing to memory does not fail");
    let packed = encoder.finish().expect("writing to memory does not fail");
    pdf.stream(id, &packed).filter(Filter::FlateDecode);
}

impl Letters {
    fn used(&mut self, weight: Weight) -> &mut Used {
        match weight {
            Weight::Regular => &mut self.regular,
            Weight::SemiBold => &mut self.semi_bold,
        }
    }

    /// Points.
    pub fn width(&self, text: &str, weight: Weight, size: f32) -> f32 {
        font::face(weight).width(text, size)
    }

    /// The text, or as much of it as has room, with an ellipsis.
    pub fn fitting(&self, text: &str, weight: Weight, size: f32, room: f32) -> String {
        if self.width(text, weight, size) <= room {
            return text.to_owned();
        }
        let mut cut = text.to_owned();
        while !cut.is_empty() && self.width(&format!("{cut}…"), weight, size) > room {
            cut.pop();
        }
        cut.truncate(cut.trim_end().len());
        cut + "…"
    }

    /// In lines of so much room, at most so many; a word that has no room in a line is broken.
    pub fn lines(&self, text: &str, (weight, size): (Weight, f32), room: f32, lines_max: usize) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in text.split(' ').flat_map(|word| self.broken(word, (weight, size), room)) {
            let line = lines.last_mut().expect("there is one");
            let longer = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
            if line.is_empty() || self.width(&longer, weight, size) <= room {
                *line = longer;
            } else {
                lines.push(word);
            }
        }
        if lines.len() > lines_max {
            let rest = lines.split_off(lines_max - 1).join(" ");
            lines.push(self.fitting(&rest, weight, size, room));
        }
        lines
    }

    fn broken(&self, word: &str, (weight, size): (Weight, f32), room: f32) -> Vec<String> {
        let mut parts = vec![String::new()];
        let mut taken = 0.0;
        for letter in word.chars() {
            let wide = self.width(letter.encode_utf8(&mut [0; 4]), weight, size);
            if taken + wide > room && taken > 0.0 {
                parts.push(String::new());
                taken = 0.0;
            }
            taken += wide;
            parts.last_mut().expect("there is one").push(letter);
        }
        parts
    }

    /// Writes a text, from the lower left corner of the page.
    pub fn show(
        &mut self,
        content: &mut Content,
        text: &str,
        (x, y): (f32, f32),
        (weight, size): (Weight, f32),
        ink: Rgb,
    ) {
        let used = self.used(weight);
        let face = font::face(weight);
        let mut codes = Vec::with_capacity(text.len() * 2);
        for (letter, glyph) in face.glyphs(text) {
            let number = used.numbers.remap(u16::try_from(glyph.to_u32()).unwrap_or(0));
            let wide = face.advance(glyph) * 1_000.0 / face.units_per_em;
            used.known.entry(number).or_insert((letter, wide));
            codes.extend(number.to_be_bytes());
        }
        let [red, green, blue] = ink;
        content.begin_text().set_fill_rgb(red, green, blue).set_font(name(weight), size);
        content.next_line(x, y).show(Str(&codes)).end_text();
    }

    /// Writes a weight with the glyphs that were used.
    ///
    /// # Errors
    /// Where the typeface cannot be read, which the build has made sure of.
    pub fn write(&self, weight: Weight, pdf: &mut Pdf, id: Ref, next: &mut impl FnMut() -> Ref) -> Result<()> {
        let (used, base) = match weight {
            Weight::Regular => (&self.regular, named(b"NOVAHR+Inter-Regular")),
            Weight::SemiBold => (&self.semi_bold, named(b"NOVAHB+Inter-SemiBold")),
        };
        let face = font::face(weight);
        let part = subsetter::subset(face.bytes, 0, &used.numbers)
            .map_err(|error| Error::Unusable(format!("the typeface cannot be taken apart: {error}")))?;
        let (cid, descriptor, file, cmap) = (next(), next(), next(), next());
        pdf.type0_font(id)
            .base_font(base)
            .encoding_predefined(named(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(cmap);
        let mut font = pdf.cid_font(cid);
        font.subtype(CidFontType::Type2).base_font(base).system_info(IDENTITY).font_descriptor(descriptor);
        font.default_width(0.0).cid_to_gid_map_predefined(named(b"Identity"));
        let mut widths = font.widths();
        for (number, (_, wide)) in &used.known {
            widths.same(*number, *number, *wide);
        }
        widths.finish();
        font.finish();
        describe(pdf, descriptor, base, face, file);
        deflated(pdf, file, &part);
        let mut unicode = UnicodeCmap::new(named(b"Unicode"), IDENTITY);
        for (number, (letter, _)) in used.known.iter().filter(|(number, _)| **number > 0) {
            unicode.pair(*number, *letter);
        }
        deflated(pdf, cmap, &unicode.finish());
        Ok(())
    }
}

fn describe(pdf: &mut Pdf, id: Ref, base: Name<'_>, face: &Face, file: Ref) {
    let thousandths = |units: f32| units * 1_000.0 / face.units_per_em;
    let (ascent, descent) = (thousandths(face.ascent), thousandths(face.descent));
    let mut descriptor = pdf.font_descriptor(id);
    descriptor.name(base).flags(FontFlags::SYMBOLIC).bbox(Rect::new(-300.0, descent, 2_000.0, ascent));
    descriptor.italic_angle(0.0).ascent(ascent).descent(descent).cap_height(728.0).stem_v(80.0).font_file2(file);
}
