//! A progress bar on the error output, where that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar of so many units; hidden by itself where no one watches.
pub fn bar(total: u64, unit: &str) -> ProgressBar {
    styled(total, &format!("{{bar:32}} {{human_pos}} of {{human_len}} {unit}, {{per_sec:0}}, {{eta}} left"))
}

/// A bar of so many bytes.
pub fn bytes_bar(total: u64) -> ProgressBar {
    styled(total, "{bar:32} {binary_bytes} of {binary_total_bytes}, {binary_bytes_per_sec}, {eta} left")
}

fn styled(total: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template(template).expect("a valid template"));
    bar.tick();
    bar
}

/// What reports progress to a bar.
pub fn reports(bar: &ProgressBar) -> impl FnMut(u64, u64) + '_ {
    |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    }
}
