//! Bars over time, as shapes: where they go is decided here, for pictures and PDF alike.

use super::font::{self, Weight};
use crate::language::Language;

/// Bars over the days or hours of a period, and marks of the period before.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What its picture is called.
    pub name: &'static str,
    pub heading: String,
    /// What it shows, for whoever does not see it.
    pub alt: String,
    pub unit: Unit,
    pub language: Language,
    pub values: Vec<f64>,
    /// Of the period before, place by place; empty where it says nothing.
    pub before: Vec<f64>,
    pub before_name: &'static str,
    /// One for each value.
    pub labels: Vec<String>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Count,
    Money,
}

impl Unit {
    pub fn written(self, language: Language, value: f64) -> String {
        match self {
            Self::Count => language.count(value as u64),
            Self::Money => language.money(value),
        }
    }
}

/// What something is drawn in. Pictures have no ground of their own: each of these can be seen on white and on black.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Bar,
    Before,
    Grid,
    Label,
}

/// Something to draw. Coordinates in points, from the upper left corner.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    Box {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        ink: Ink,
    },
    /// `y` is the line the letters stand on.
    Text {
        x: f32,
        y: f32,
        size: f32,
        text: String,
        ink: Ink,
    },
}

/// All that is drawn, and how large it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    pub width: f32,
    pub height: f32,
    pub shapes: Vec<Shape>,
}

const LABEL_SIZE: f32 = 11.0;
const LABEL_GAP: f32 = 8.0;
const TOP: f32 = 24.0;
const BOTTOM: f32 = 22.0;
const GRID_LINE: f32 = 1.0;
const MARK: f32 = 2.0;
/// Part of its place that a bar takes.
const BAR_SHARE: f32 = 0.62;
const BAR_WIDTH_MAX: f32 = 44.0;
/// Lines above the ground, at most.
const STEPS_MAX: f64 = 4.0;

impl Chart {
    /// Laid out on so much room.
    pub fn drawn(&self, width: f32, height: f32) -> Drawing {
        let (step, top) = self.scale();
        let steps = (top / step).round() as usize;
        let ticks: Vec<f64> = (0..=steps).map(|place| place as f64 * step).collect();
        let written: Vec<String> = ticks.iter().map(|tick| self.unit.written(self.language, *tick)).collect();
        let left = written.iter().map(|text| text_width(text)).fold(0.0, f32::max) + LABEL_GAP;
        let (ground, plot) = (height - BOTTOM, height - BOTTOM - TOP);
        let y = |value: f64| ground - (value / top) as f32 * plot;
        let mut shapes = Vec::new();
        for (tick, text) in ticks.iter().zip(written) {
            let at = y(*tick);
            shapes.push(Shape::Box { x: left, y: at, width: width - left, height: GRID_LINE, ink: Ink::Grid });
            let x = left - LABEL_GAP - text_width(&text);
            shapes.push(Shape::Text { x, y: at + LABEL_SIZE * 0.36, size: LABEL_SIZE, text, ink: Ink::Label });
        }
        self.legend(width, &mut shapes);
        let place = (width - left) / self.values.len().max(1) as f32;
        let bar = (place * BAR_SHARE).min(BAR_WIDTH_MAX);
        for (number, value) in self.values.iter().enumerate() {
            let middle = left + place * (number as f32 + 0.5);
            let at = y(*value);
            if *value > 0.0 {
                // What is there can be seen, however little it is.
                let tall = (ground - at).max(1.0);
                shapes.push(Shape::Box {
                    x: middle - bar / 2.0,
                    y: ground - tall,
                    width: bar,
                    height: tall,
                    ink: Ink::Bar,
                });
            }
            if let Some(before) = self.before.get(number) {
                let (x, wide) = (middle - (bar * 1.3) / 2.0, bar * 1.3);
                let at = y(*before) - MARK / 2.0;
                shapes.push(Shape::Box { x, y: at, width: wide, height: MARK, ink: Ink::Before });
            }
        }
        self.labels(left, place, height, &mut shapes);
        Drawing { width, height, shapes }
    }

    /// What the marks are.
    fn legend(&self, width: f32, shapes: &mut Vec<Shape>) {
        if self.before.is_empty() {
            return;
        }
        let text = self.before_name.to_owned();
        let x = width - text_width(&text);
        let y = LABEL_SIZE;
        shapes.push(Shape::Box { x: x - 22.0, y: y - 5.0, width: 16.0, height: MARK, ink: Ink::Before });
        shapes.push(Shape::Text { x, y, size: LABEL_SIZE, text, ink: Ink::Label });
    }

    /// As many as have room beside each other.
    fn labels(&self, left: f32, place: f32, height: f32, shapes: &mut Vec<Shape>) {
        let widest = self.labels.iter().map(|text| text_width(text)).fold(0.0, f32::max);
        let stride = ((widest + LABEL_GAP) / place).ceil().max(1.0) as usize;
        // Days of a month and hours of a day read best by fives and sixes.
        let stride = [1, 2, 3, 5, 6, 7, 10, 12].into_iter().find(|nice| *nice >= stride).unwrap_or(stride);
        for (number, text) in self.labels.iter().enumerate().step_by(stride) {
            let middle = left + place * (number as f32 + 0.5);
            let x = (middle - text_width(text) / 2.0).max(left);
            let y = height - 6.0;
            shapes.push(Shape::Text { x, y, size: LABEL_SIZE, text: text.clone(), ink: Ink::Label });
        }
    }

    /// The distance of two lines, and the highest of them: round numbers, not below what is to be shown.
    fn scale(&self) -> (f64, f64) {
        let most = self.values.iter().chain(&self.before).copied().fold(0.0, f64::max);
        if most <= 0.0 {
            return (1.0, 1.0);
        }
        let power = 10f64.powf((most / STEPS_MAX).log10().floor());
        let fits = |step: &f64| most / step <= STEPS_MAX;
        let step = [1.0, 2.0, 5.0, 10.0].map(|nice| nice * power).into_iter().find(fits).unwrap_or(power * 10.0);
        // There are no halves of a conversation.
        let step = if self.unit == Unit::Count { step.max(1.0) } else { step };
        (step, (most / step).ceil().max(1.0) * step)
    }
}

fn text_width(text: &str) -> f32 {
    font::face(Weight::Regular).width(text, LABEL_SIZE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: Vec<f64>, before: Vec<f64>, unit: Unit) -> Chart {
        let labels = (0..values.len()).map(|number| number.to_string()).collect();
        let (name, before_name) = ("test", "the week before");
        let language = Language::En;
        Chart { name, heading: name.into(), alt: name.into(), unit, language, values, before, before_name, labels }
    }

    #[test]
    fn everything_is_within_the_picture_and_as_tall_as_its_value() {
        for (values, before) in [
            (vec![], vec![]),
            (vec![0.0; 7], vec![]),
            (vec![1.0], vec![3.0]),
            (vec![3.0, 0.0, 12.0, 7.0], vec![0.0, 41.0, 2.0]),
            ((0..31).map(|day| f64::from(day) * 1e6).collect(), vec![1e9; 28]),
            (vec![0.001, 0.004], vec![0.002]),
        ] {
            for unit in [Unit::Count, Unit::Money] {
                let drawing = chart(values.clone(), before.clone(), unit).drawn(536.0, 190.0);
                for shape in &drawing.shapes {
                    let (Shape::Box { x, y, .. } | Shape::Text { x, y, .. }) = shape;
                    let (width, height) = match shape {
                        Shape::Box { width, height, .. } => (*width, *height),
                        Shape::Text { text, .. } => (text_width(text), 0.0),
                    };
                    let inside = *x >= 0.0 && *y >= 0.0 && x + width <= 537.0 && y + height <= 190.0;
                    assert!(inside, "{shape:?} of {values:?} {before:?}");
                }
            }
        }
        let drawing = chart(vec![10.0, 20.0], vec![], Unit::Count).drawn(536.0, 190.0);
        let tall = |shape: &Shape| match shape {
            Shape::Box { height, ink: Ink::Bar, .. } => Some(*height),
            _ => None,
        };
        let bars: Vec<f32> = drawing.shapes.iter().filter_map(tall).collect();
        assert!((bars[1] - 2.0 * bars[0]).abs() < 0.01, "{bars:?}");
    }

    #[test]
    fn lines_stand_at_round_numbers() {
        for (most, step, top) in
            [(1.0, 1.0, 1.0), (4.0, 1.0, 4.0), (7.0, 2.0, 8.0), (41.0, 20.0, 60.0), (1_000.0, 500.0, 1_000.0)]
        {
            assert_eq!(chart(vec![most], vec![], Unit::Count).scale(), (step, top), "{most}");
        }
    }
}
