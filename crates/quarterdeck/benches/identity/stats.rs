//! Percentiles, Welch's t, and the lines of the report.

use serde_json::{Value, json};
use std::time::Duration;

/// One line: a bar with its result. `met` is none for what only informs.
pub fn note(name: &str, met: Option<bool>, text: &str, numbers: Value) {
    let mut row = json!({"name": name, "text": text});
    if let Some(met) = met {
        row["met"] = met.into();
    }
    for (key, value) in numbers.as_object().into_iter().flatten() {
        row[key] = value.clone();
    }
    println!("{row}");
}

/// The value below which this share of them lies, in milliseconds.
pub fn percentile(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index into the list")]
    let at = ((times.len().saturating_sub(1)) as f64 * share) as usize;
    times.get(at).map_or(0.0, |t| t.as_secs_f64() * 1e3)
}

#[expect(clippy::cast_precision_loss, reason = "counts of samples are far below 2^52")]
fn moments(values: &[f64]) -> (f64, f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (n, mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0))
}

/// Welch's t of two lists of times.
pub fn welch(a: &[f64], b: &[f64]) -> f64 {
    let ((n, mean, variance), (m, other, spread)) = (moments(a), moments(b));
    (mean - other) / (variance / n + spread / m).sqrt()
}

/// Numbers that look random and are the same every time.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most as u64).unwrap_or(0)
    }

    /// An address that no other attempt comes from.
    pub fn address(&mut self) -> std::net::IpAddr {
        let bits = self.next();
        std::net::Ipv4Addr::from(0x0b00_0000 | u32::try_from(bits & 0x00ff_ffff).unwrap_or(1)).into()
    }
}
