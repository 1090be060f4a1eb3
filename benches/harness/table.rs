//! Tables of figures, and figures beside their budgets.

use std::time::Duration;

pub struct Table {
    name_width: usize,
}

const FIGURE_WIDTH: usize = 13;

impl Table {
    /// Begins a table; the title stands over its rows' names.
    pub fn begin<S: AsRef<str>>(title: &str, name_width: usize, columns: &[S]) -> Self {
        let table = Self { name_width };
        println!();
        table.row(title, columns);
        table
    }

    pub fn row<S: AsRef<str>>(&self, name: &str, figures: &[S]) {
        let mut line = format!("{name:<width$}", width = self.name_width);
        for figure in figures {
            line.push_str(&format!("{:>FIGURE_WIDTH$}", figure.as_ref()));
        }
        println!("{}", line.trim_end());
    }
}

/// A whole number with its thousands apart.
pub fn whole(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) && digit.is_ascii_digit() {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A round number in the shortest way: 10k, 1M.
pub fn short(figure: u64) -> String {
    match figure {
        1_000_000.. => format!("{}M", figure as f64 / 1e6),
        1_000.. => format!("{}k", figure as f64 / 1e3),
        _ => figure.to_string(),
    }
}

/// Microseconds as long as they are few.
pub fn time(time: Duration) -> String {
    let us = time.as_secs_f64() * 1e6;
    if us < 10_000.0 { format!("{us:.0} us") } else { format!("{:.1} ms", us / 1e3) }
}

pub fn megabytes(kilobytes: u64) -> String {
    format!("{:.1} MB", kilobytes as f64 / 1024.0)
}

pub fn ratio(ratio: f64) -> String {
    format!("{ratio:.2}")
}

pub fn begin_budgets() {
    println!("\nbudgets of two cores, the load generator included");
}

/// A figure beside its budget.
pub fn budget(what: &str, figure: f64, budget: f64, unit: &str) {
    let show = |figure: f64| if budget < 10.0 { ratio(figure) } else { whole(figure) };
    println!("{what:<64}{:>10}{unit}  budget {}{unit}: {:.2} of it", show(figure), show(budget), figure / budget);
}
