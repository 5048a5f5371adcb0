//! Bars with their spread, as SVG that a browser shows without anything else.

use std::fmt::Write as _;

use crate::stats::{Values, grouped};

/// Sizes in pixels.
const WIDTH: f64 = 720.0;
const LABELS: f64 = 150.0;
const NUMBERS: f64 = 110.0;
const ROW: f64 = 34.0;
const BAR: f64 = 20.0;
const TOP: f64 = 48.0;

/// Readable on white and on black.
const INK: &str = "#6b7280";
const OURS: &str = "#0f9d76";
const OTHERS: &str = "#8aa4c8";

/// One number of several servers.
#[derive(Clone, Debug)]
pub(crate) struct Plot {
    /// What the number is.
    pub(crate) title: String,
    /// The file's name without its ending.
    pub(crate) name: String,
    /// Digits after the point.
    pub(crate) decimals: usize,
    /// Who, and what was measured; the first is ours.
    pub(crate) bars: Vec<(String, Values)>,
}

impl Plot {
    /// Draws horizontal bars with their spread.
    pub(crate) fn svg(&self) -> String {
        let bars: Vec<_> = self
            .bars
            .iter()
            .filter(|(_, values)| !values.is_empty())
            .collect();
        let most = bars
            .iter()
            .map(|(_, values)| values.max())
            .fold(f64::MIN_POSITIVE, f64::max);
        let scale = (WIDTH - LABELS - NUMBERS) / most;
        #[expect(clippy::cast_precision_loss, reason = "a handful of bars")]
        let height = TOP + ROW * bars.len() as f64 + 10.0;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             font-family=\"sans-serif\" font-size=\"13\" fill=\"{INK}\">\n\
             <text x=\"8\" y=\"24\" font-size=\"15\">{}</text>\n",
            escaped(&self.title)
        );
        for (at, (who, values)) in bars.iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "a handful of bars")]
            let y = TOP + ROW * at as f64;
            let (middle, end) = (y + BAR / 2.0, LABELS + values.median() * scale);
            let colour = if at == 0 { OURS } else { OTHERS };
            // Writing into a String cannot fail.
            let _ = writeln!(
                svg,
                "<text x=\"{x}\" y=\"{base}\" text-anchor=\"end\">{who}</text>\n\
                 <rect x=\"{LABELS}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR}\" \
                 fill=\"{colour}\"/>\n\
                 <path d=\"M{low:.1} {middle}H{high:.1}M{low:.1} {up}v8M{high:.1} {up}v8\" \
                 stroke=\"{INK}\"/>\n\
                 <text x=\"{after:.1}\" y=\"{base}\">{number}</text>",
                x = LABELS - 8.0,
                base = middle + 4.5,
                who = escaped(who),
                width = end - LABELS,
                low = LABELS + values.min() * scale,
                high = LABELS + values.max() * scale,
                up = middle - 4.0,
                after = LABELS + values.max() * scale + 8.0,
                number = grouped(values.median(), self.decimals),
            );
        }
        svg += "</svg>\n";
        svg
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_bar_is_that_of_the_greatest_value() {
        let plot = Plot {
            title: "deliveries < all".into(),
            name: "plot".into(),
            decimals: 0,
            bars: vec![
                ("hub".into(), [900.0, 1000.0, 1100.0].into_iter().collect()),
                ("missing".into(), Values::default()),
                ("other".into(), [550.0].into_iter().collect()),
            ],
        };
        let svg = plot.svg();
        assert!(svg.contains("deliveries &lt; all"), "{svg}");
        assert!(!svg.contains("missing"), "{svg}");
        let widths: Vec<f64> = svg
            .split("width=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
            .collect();
        // A bar may be as long as labels and numbers leave room; 1100 of 1100 would fill it.
        let room = WIDTH - LABELS - NUMBERS;
        assert!(
            (widths[0] - room * 1000.0 / 1100.0).abs() < 0.1,
            "{widths:?}"
        );
        assert!((widths[1] - room / 2.0).abs() < 0.1, "{widths:?}");
    }
}
