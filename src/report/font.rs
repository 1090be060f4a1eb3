//! The typeface of pictures and PDF: Inter, in two weights, as the build packs it. It has Latin, Greek and Cyrillic letters;
//! for what it has not there is a box.

use std::io::Read;
use std::sync::LazyLock;

use flate2::read::ZlibDecoder;
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::outline::{DrawSettings, OutlineGlyphCollection, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Regular,
    SemiBold,
}

/// One weight.
pub struct Face {
    pub bytes: &'static [u8],
    pub units_per_em: f32,
    /// In units, above and below the line.
    pub ascent: f32,
    pub descent: f32,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    outlines: OutlineGlyphCollection<'static>,
}

static REGULAR_BYTES: LazyLock<Vec<u8>> =
    LazyLock::new(|| unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/faces/regular.ttf.z"))));
static SEMI_BOLD_BYTES: LazyLock<Vec<u8>> =
    LazyLock::new(|| unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/faces/semibold.ttf.z"))));
static REGULAR: LazyLock<Face> = LazyLock::new(|| Face::read(&REGULAR_BYTES));
static SEMI_BOLD: LazyLock<Face> = LazyLock::new(|| Face::read(&SEMI_BOLD_BYTES));

pub fn face(weight: Weight) -> &'static Face {
    match weight {
        Weight::Regular => &REGULAR,
        Weight::SemiBold => &SEMI_BOLD,
    }
}

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    ZlibDecoder::new(packed).read_to_end(&mut bytes).expect("the build packed it");
    bytes
}

impl Face {
    fn read(bytes: &'static [u8]) -> Self {
        let font = FontRef::new(bytes).expect("the build packed a typeface");
        let metrics = font.metrics(Size::unscaled(), LocationRef::default());
        Self {
            bytes,
            units_per_em: f32::from(metrics.units_per_em),
            ascent: metrics.ascent,
            descent: metrics.descent,
            charmap: font.charmap(),
            metrics: font.glyph_metrics(Size::unscaled(), LocationRef::default()),
            outlines: font.outline_glyphs(),
        }
    }

    /// The glyphs of a text, each with its character. What joins or modifies others, and has no look of its own, is left out.
    pub fn glyphs(&self, text: &str) -> impl Iterator<Item = (char, GlyphId)> {
        let shown = text.chars().filter(|letter| !is_unseen(*letter));
        shown.map(move |letter| (letter, self.charmap.map(letter).unwrap_or_default()))
    }

    /// How far the next glyph is, in units.
    pub fn advance(&self, glyph: GlyphId) -> f32 {
        self.metrics.advance_width(glyph).unwrap_or(0.0)
    }

    /// How wide a text is in this size.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        self.glyphs(text).map(|(_, glyph)| self.advance(glyph)).sum::<f32>() * size / self.units_per_em
    }

    /// Draws a glyph, in units, upwards.
    pub fn outline(&self, glyph: GlyphId, pen: &mut impl OutlinePen) {
        if let Some(outline) = self.outlines.get(glyph) {
            let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
            // A glyph that cannot be drawn leaves its room empty.
            let _ = outline.draw(settings, pen);
        }
    }
}

fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_both_languages_is_there() {
        for weight in [Weight::Regular, Weight::SemiBold] {
            let face = face(weight);
            for letter in "AĄĆĘŁŃÓŚŹŻaąćęłńóśźż0123456789.,−–…%$()+:·„”“’/ЖжΩ".chars()
            {
                let (_, glyph) = face.glyphs(&letter.to_string()).next().unwrap();
                assert_ne!(glyph, GlyphId::NOTDEF, "{letter}");
                assert!(face.advance(glyph) > 0.0, "{letter}");
            }
            assert_eq!(face.glyphs("a\u{200d}\u{fe0f}\n").count(), 1);
            assert!(face.width("WWW", 10.0) > face.width("iii", 10.0));
        }
    }
}
