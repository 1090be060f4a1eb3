//! Metrics as Prometheus reads them: its text format, version 0.0.4.

use std::fmt::{Display, Write};

use super::histogram::{BOUNDS_US, Tally};

/// A text of metrics in the making. Each begins with what it is, whether or not it has a value yet.
#[derive(Default)]
pub struct Exposition(String);

impl Exposition {
    pub fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.begin(name, "counter", help);
        self.sample(name, &[], value);
    }

    pub fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.begin(name, "gauge", help);
        self.sample(name, &[], value);
    }

    /// Says what the samples that follow are.
    pub fn begin(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a text does not fail.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (place, (label, text)) in labels.iter().enumerate() {
            let before = if place == 0 { '{' } else { ',' };
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.0, "{before}{label}=\"{escaped}\"");
        }
        let after = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.0, "{after} {value}");
    }

    /// The samples of one histogram; `name` ends with the unit, `_seconds`.
    pub fn histogram(&mut self, name: &str, labels: &[(&str, &str)], tally: &Tally) {
        let bucket_name = format!("{name}_bucket");
        let mut up_to = 0;
        for (place, count) in tally.buckets.iter().enumerate() {
            up_to += count;
            let bound = BOUNDS_US.get(place).map_or("+Inf".to_owned(), |bound| (*bound as f64 / 1e6).to_string());
            self.sample(&bucket_name, &[labels, &[("le", &*bound)]].concat(), up_to);
        }
        self.sample(&format!("{name}_sum"), labels, tally.sum_us as f64 / 1e6);
        self.sample(&format!("{name}_count"), labels, up_to);
    }

    pub fn text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Histogram;
    use super::*;

    #[test]
    fn the_text_is_what_prometheus_reads() {
        let mut text = Exposition::default();
        text.counter("a_total", "What it counts.", 3);
        text.begin("b", "gauge", "By name.");
        text.sample("b", &[("name", "x\"\\\n"), ("other", "y")], 0.5);
        let histogram = Histogram::default();
        histogram.observe(Duration::from_micros(70));
        histogram.observe(Duration::from_secs(60));
        text.histogram("c_seconds", &[("route", "/")], &histogram.read());
        let text = text.text();
        let begin = "# HELP a_total What it counts.\n# TYPE a_total counter\na_total 3\n# HELP b By name.\n# TYPE b gauge\n\
                     b{name=\"x\\\"\\\\\\n\",other=\"y\"} 0.5\n\
                     c_seconds_bucket{route=\"/\",le=\"0.00005\"} 0\nc_seconds_bucket{route=\"/\",le=\"0.0001\"} 1\n";
        assert!(text.starts_with(begin), "{text}");
        let end = "c_seconds_bucket{route=\"/\",le=\"10\"} 1\nc_seconds_bucket{route=\"/\",le=\"+Inf\"} 2\n\
                   c_seconds_sum{route=\"/\"} 60.00007\nc_seconds_count{route=\"/\"} 2\n";
        assert!(text.ends_with(end), "{text}");
    }
}
