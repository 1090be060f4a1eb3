//! Small panels of lines over a count that grows tenfold from mark to mark, as SVG that needs nothing else: its colours
//! follow the reader's, its letters are the reader's own.

use std::fmt::Write;

use super::table::short;

pub struct Panel {
    pub title: &'static str,
    pub width: f64,
    pub scale: Scale,
    pub show: fn(f64) -> String,
    pub lines: Vec<Line>,
}

#[derive(Clone, Copy)]
pub enum Scale {
    /// From nothing.
    Linear,
    /// A mark for each power of ten.
    Log,
}

pub struct Line {
    /// Stands at the line's end, in as many rows as it has.
    pub name: &'static str,
    pub points: Vec<(f64, f64)>,
}

const HEIGHT: f64 = 340.0;
const TOP: f64 = 84.0;
const BOTTOM: f64 = 290.0;
const EDGE: f64 = 24.0;
const BETWEEN: f64 = 22.0;
/// Room for the figures left of a panel.
const FIGURES: f64 = 46.0;
const NAME_HEIGHT: f64 = 15.0;
const NAME_GAP: f64 = 3.0;
/// Room for the names of several lines right of them.
const NAMES: f64 = 150.0;
const MARKS_MAX: f64 = 5.0;

const STYLE: &str = "
.card{fill:#fff;stroke:#e5e2d9}text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:#596173}
.title{font-size:15px;font-weight:600;fill:#1a2130}.head{font-size:13px;font-weight:600;fill:#1a2130}
.grid{stroke:#e5e2d9;stroke-width:1}.line{fill:none;stroke-width:2;stroke-linejoin:round}
.l0{stroke:#0b5f7a}.l1{stroke:#3d9dbf}.l2{stroke:#8a63b5}.l3{stroke:#dc6b2f}.l4{stroke:#2f8f68}
.d0{fill:#0b5f7a}.d1{fill:#3d9dbf}.d2{fill:#8a63b5}.d3{fill:#dc6b2f}.d4{fill:#2f8f68}
@media (prefers-color-scheme:dark){.card{fill:#171c27;stroke:#2a3140}text{fill:#a2aabb}.title,.head{fill:#e8eaf0}
.grid{stroke:#2a3140}.l0{stroke:#6dc4de}.l1{stroke:#3f8fae}.l2{stroke:#b795dd}.l3{stroke:#ee8748}.l4{stroke:#7ccfa6}
.d0{fill:#6dc4de}.d1{fill:#3f8fae}.d2{fill:#b795dd}.d3{fill:#ee8748}.d4{fill:#7ccfa6}}
";

/// A picture of panels side by side; `below` says what the count is.
pub fn draw(title: &str, below: &str, panels: &[Panel]) -> String {
    let between = BETWEEN * (panels.len() - 1) as f64;
    let width = panels.iter().map(|panel| panel.width).sum::<f64>() + between + 2.0 * EDGE;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {HEIGHT}\" width=\"{width}\" \
         height=\"{HEIGHT}\" role=\"img\" aria-label=\"{title}\">\n<style>{STYLE}</style>\n\
         <rect class=\"card\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n",
        width - 1.0,
        HEIGHT - 1.0
    );
    text(&mut svg, "title", "start", (EDGE, 32.0), title);
    text(&mut svg, "", "middle", (width / 2.0, HEIGHT - 14.0), below);
    let mut left = EDGE;
    for panel in panels {
        panel.draw(&mut svg, left);
        left += panel.width + BETWEEN;
    }
    svg.push_str("</svg>\n");
    svg
}

fn text(svg: &mut String, class: &str, anchor: &str, (x, y): (f64, f64), words: &str) {
    writeln!(svg, "<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>")
        .expect("a string takes everything");
}

/// Where values stand between two ends.
struct Axis {
    scale: Scale,
    /// Values of the first mark and the last.
    ends: (f64, f64),
    /// Places of the same.
    places: (f64, f64),
}

impl Axis {
    fn place(&self, value: f64) -> f64 {
        let ((low, high), (first, last)) = (self.ends, self.places);
        let share = match self.scale {
            Scale::Linear => (value - low) / (high - low),
            Scale::Log => (value / low).log10() / (high / low).log10(),
        };
        first + share * (last - first)
    }

    fn marks(&self) -> Vec<f64> {
        let (low, high) = self.ends;
        match self.scale {
            Scale::Linear => {
                let step = step(high);
                (0..=(high / step).round() as u32).map(|mark| f64::from(mark) * step).collect()
            }
            Scale::Log => {
                let first = low.log10().ceil() as i32;
                (first..=high.log10().floor() as i32).map(|power| 10_f64.powi(power)).collect()
            }
        }
    }
}

/// A round distance between marks, so that a few reach this far.
fn step(most: f64) -> f64 {
    let least = most / MARKS_MAX;
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|round| round * power)
        .into_iter()
        .find(|step| *step >= least * 0.999)
        .unwrap_or(power)
}

impl Panel {
    fn draw(&self, svg: &mut String, left: f64) {
        let (first, last) = (left + FIGURES, left + self.width - if self.lines.len() > 1 { NAMES } else { 0.0 });
        let across = Axis { scale: Scale::Log, ends: ends(self.points().map(|(x, _)| x)), places: (first, last) };
        let upwards = Axis { scale: self.scale, ends: self.ends(), places: (BOTTOM, TOP) };
        text(svg, "head", "start", (left, TOP - 22.0), self.title);
        for mark in upwards.marks() {
            let y = upwards.place(mark);
            writeln!(svg, "<path class=\"grid\" d=\"M{first:.1} {y:.1}H{last:.1}\"/>")
                .expect("a string takes everything");
            text(svg, "", "end", (first - 8.0, y + 4.0), &(self.show)(mark));
        }
        for mark in across.marks() {
            text(svg, "", "middle", (across.place(mark), BOTTOM + 19.0), &short(mark as u64));
        }
        for (number, line) in self.lines.iter().enumerate() {
            line.draw(svg, number, &across, &upwards);
        }
        if self.lines.len() > 1 {
            self.name_lines(svg, last, &upwards);
        }
    }

    fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        self.lines.iter().flat_map(|line| line.points.iter().copied())
    }

    /// Of the values upwards.
    fn ends(&self) -> (f64, f64) {
        let (low, high) = ends(self.points().map(|(_, y)| y));
        match self.scale {
            Scale::Linear => {
                let step = step(high);
                (0.0, (high / step).ceil() * step)
            }
            Scale::Log => (10_f64.powf(low.log10().floor()), 10_f64.powf(high.log10().ceil())),
        }
    }

    /// Each name at its line's end, moved up or down where another one stands.
    fn name_lines(&self, svg: &mut String, right: f64, upwards: &Axis) {
        let end = |line: &Line| upwards.place(line.points.last().expect("a line has points").1);
        let mut names: Vec<(f64, usize)> = self.lines.iter().map(end).zip(0..).collect();
        names.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        let mut lowest = BOTTOM;
        for (y, number) in names.iter_mut().rev() {
            let rows = self.lines[*number].name.lines().count() as f64;
            *y = (*y + (rows - 1.0) * NAME_HEIGHT / 2.0).min(lowest);
            lowest = *y - rows * NAME_HEIGHT - NAME_GAP;
        }
        for (y, number) in names {
            let rows: Vec<&str> = self.lines[number].name.lines().collect();
            let top = y - (rows.len() - 1) as f64 * NAME_HEIGHT;
            writeln!(svg, "<circle class=\"d{number}\" cx=\"{:.1}\" cy=\"{top:.1}\" r=\"4\"/>", right + 14.0)
                .expect("a string takes everything");
            for (row, place) in rows.iter().zip(0..) {
                text(svg, "", "start", (right + 24.0, top + 4.0 + f64::from(place) * NAME_HEIGHT), row);
            }
        }
    }
}

impl Line {
    fn draw(&self, svg: &mut String, number: usize, across: &Axis, upwards: &Axis) {
        let places: Vec<(f64, f64)> = self.points.iter().map(|(x, y)| (across.place(*x), upwards.place(*y))).collect();
        let path: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
        writeln!(svg, "<path class=\"line l{number}\" d=\"M{}\"/>", path.join("L")).expect("a string takes everything");
        for (x, y) in places {
            writeln!(svg, "<circle class=\"d{number}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\"/>")
                .expect("a string takes everything");
        }
    }
}

/// The least and the most.
fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}
