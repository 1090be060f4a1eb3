//! Drawings as PNG.

use skrifa::outline::OutlinePen;
use tiny_skia::{Color, FillRule, Paint, PathBuilder, Pixmap, Rect, Transform};

use super::chart::{Drawing, Ink, Shape};
use super::font::{self, Weight};

/// Pixels for a point: it is shown a little larger than it is drawn, on screens that have two for one.
const SCALE: f32 = 2.5;

/// The picture, without a ground: whoever shows it in the dark sees it too.
pub fn png(drawing: &Drawing) -> Vec<u8> {
    let pixels = |points: f32| (points * SCALE).ceil().max(1.0) as u32;
    let mut pixmap = Pixmap::new(pixels(drawing.width), pixels(drawing.height)).expect("a picture has a size");
    let scaled = Transform::from_scale(SCALE, SCALE);
    for shape in &drawing.shapes {
        match shape {
            Shape::Box { x, y, width, height, ink } => {
                if let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) {
                    pixmap.fill_rect(rect, &paint(*ink), scaled, None);
                }
            }
            Shape::Text { x, y, size, text, ink } => {
                let face = font::face(Weight::Regular);
                let mut pen = Pen { path: PathBuilder::new(), x: *x, y: *y, scale: size / face.units_per_em };
                for (_, glyph) in face.glyphs(text) {
                    face.outline(glyph, &mut pen);
                    pen.x += face.advance(glyph) * pen.scale;
                }
                if let Some(path) = pen.path.finish() {
                    pixmap.fill_path(&path, &paint(*ink), FillRule::Winding, scaled, None);
                }
            }
        }
    }
    pixmap.encode_png().expect("writing to memory does not fail")
}

/// Red, green, blue and how much covers what is below.
fn paint(ink: Ink) -> Paint<'static> {
    let [red, green, blue, alpha] = match ink {
        Ink::Bar => [43, 134, 166, 255],
        Ink::Before => [220, 107, 47, 255],
        Ink::Grid => [128, 136, 152, 70],
        Ink::Label => [118, 127, 145, 255],
    };
    let mut paint = Paint::default();
    paint.set_color(Color::from_rgba8(red, green, blue, alpha));
    paint.anti_alias = true;
    paint
}

/// Puts outlines, which are drawn upwards, where the text is.
struct Pen {
    path: PathBuilder,
    x: f32,
    y: f32,
    scale: f32,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y - y * self.scale)
    }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, control_x: f32, control_y: f32, x: f32, y: f32) {
        let ((control_x, control_y), (x, y)) = (self.at(control_x, control_y), self.at(x, y));
        self.path.quad_to(control_x, control_y, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
