//! The distribution of one quantity: exact while it is small, a sketch of it afterwards.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Up to so many values percentiles are exact.
const EXACT: usize = 10_000;
/// Beyond that, a percentile is within 1 % of a value of that rank. This is ln γ for an accuracy
/// of a = 1 %, see [`Distribution`].
const GAMMA_LN: f64 = 0.020_000_666_706_669_435;

/// Values in units of 10^-9 (nanoseconds, or billionths of whatever is measured).
///
/// Count, sum, least and greatest are exact always. Up to 10,000 values all are kept; then they
/// become the buckets of a `DDSketch` (Masson, Rim, Lee, VLDB 2019): bucket *i* counts
/// the values within (γ^(i-1), γ^i], γ = (1 + a) / (1 - a), a = 1 %. Buckets are sums, so that
/// the result depends on the values alone and not on their order or on cuts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Distribution {
    count: u64,
    /// As text: JSON has no integers of 128 bits.
    #[serde(with = "as_text")]
    sum: i128,
    #[serde(with = "as_text")]
    min: i128,
    #[serde(with = "as_text")]
    max: i128,
    values: Vec<f64>,
    buckets: Buckets,
}

impl Distribution {
    /// Counts a value of so many billionths.
    pub(super) fn add(&mut self, nanos: i128) {
        self.min = if self.count == 0 { nanos } else { self.min.min(nanos) };
        self.max = if self.count == 0 { nanos } else { self.max.max(nanos) };
        self.count += 1;
        self.sum = self.sum.saturating_add(nanos);
        // Processors convert 64 bits themselves.
        let value = i64::try_from(nanos).map_or_else(|_| nanos as f64, |nanos| nanos as f64);
        if self.approximate() {
            self.buckets.add(bucket(value), 1);
        } else {
            self.values.push(value);
            self.shrink();
        }
    }

    /// Adds another distribution's values.
    pub(super) fn merge(&mut self, later: Distribution) {
        if later.count == 0 {
            return;
        }
        self.min = if self.count == 0 { later.min } else { self.min.min(later.min) };
        self.max = if self.count == 0 { later.max } else { self.max.max(later.max) };
        self.count += later.count;
        self.sum = self.sum.saturating_add(later.sum);
        for (bucket, n) in later.buckets.iter() {
            self.buckets.add(bucket, n);
        }
        self.values.extend(later.values);
        self.shrink();
    }

    /// Turns values into buckets once there are buckets, or too many values.
    fn shrink(&mut self) {
        if self.values.len() > EXACT || !self.buckets.is_empty() {
            for value in std::mem::take(&mut self.values) {
                self.buckets.add(bucket(value), 1);
            }
        }
    }

    /// How many values there are.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Whether percentiles are estimates.
    pub(super) fn approximate(&self) -> bool {
        !self.buckets.is_empty()
    }

    /// The sum, in units.
    pub(super) fn sum(&self) -> f64 {
        self.sum as f64 / 1e9
    }

    /// The least value, in units; `None` without values.
    pub(super) fn min(&self) -> Option<f64> {
        (self.count > 0).then_some(self.min as f64 / 1e9)
    }

    /// The greatest value, in units; `None` without values.
    pub(super) fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(self.max as f64 / 1e9)
    }

    /// The mean, in units; `None` without values.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64 / 1e9)
    }

    /// The median, in units: the middle value, or the mean of the two middle ones (Python's
    /// `statistics.median`).
    pub(super) fn median(&self) -> Option<f64> {
        if self.approximate() {
            return self.quantile(0.5);
        }
        let (low, high) = self.ranked(self.values.len().div_ceil(2))?;
        let median = if self.values.len() % 2 == 1 { low } else { low.midpoint(high) };
        Some(median / 1e9)
    }

    /// The page's percentile of `of` (20 for p95, 100 for p99), in units: the last cut point of
    /// `statistics.quantiles(data, n=of)`, and the greatest value where there are fewer than `of`
    /// values.
    pub(super) fn last_of(&self, of: u32) -> Option<f64> {
        if self.count < u64::from(of) {
            return self.max();
        }
        self.quantile(1.0 - 1.0 / f64::from(of))
    }

    /// The value below which a share of the values lies, in units: Python's exclusive method,
    /// which interpolates at rank `share * (n + 1)`, kept within the least and the greatest
    /// value. A single value is every quantile; `None` without values.
    pub(super) fn quantile(&self, share: f64) -> Option<f64> {
        let n = self.count;
        let rank = (share * (n + 1) as f64).clamp(1.0, n.max(1) as f64);
        // Shares such as 0.95 are not exact in binary; a rank that is whole by intent is made so.
        let rank = if (rank - rank.round()).abs() < 1e-9 { rank.round() } else { rank };
        if self.approximate() {
            return self.estimate(rank as u64);
        }
        let (low, high) = self.ranked(rank as usize)?;
        Some((low + (high - low) * rank.fract()) / 1e9)
    }

    /// The value of a rank (from 1) and that of the next rank, if there is one, else itself.
    fn ranked(&self, rank: usize) -> Option<(f64, f64)> {
        let place = rank.checked_sub(1).filter(|place| *place < self.values.len())?;
        let mut values = self.values.clone();
        let (_, low, above) = values.select_nth_unstable_by(place, f64::total_cmp);
        let next = above.iter().copied().min_by(f64::total_cmp);
        Some((*low, next.unwrap_or(*low)))
    }

    /// The middle of the bucket in which the value of a rank (from 1) lies.
    fn estimate(&self, rank: u64) -> Option<f64> {
        let mut seen = 0;
        let (bucket, _) = self.buckets.iter().find(|(_, n)| {
            seen += *n;
            seen >= rank
        })?;
        Some(middle(bucket).clamp(self.min as f64, self.max as f64) / 1e9)
    }
}

/// Counts by bucket, one place for every bucket from the least to the greatest: there are a few
/// thousand at most, even if values lie as far apart as numbers can.
#[derive(Debug, Clone, Default, PartialEq)]
struct Buckets {
    least: i32,
    counts: Vec<u64>,
}

impl Buckets {
    fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Adds `n`, which is not 0, to a bucket (negative ones hold negative values, see [`bucket`]).
    fn add(&mut self, bucket: i32, n: u64) {
        if self.is_empty() {
            self.least = bucket;
        }
        if bucket < self.least {
            let more = (self.least - bucket) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, more));
            self.least = bucket;
        }
        let place = (bucket - self.least) as usize;
        if place >= self.counts.len() {
            self.counts.resize(place + 1, 0);
        }
        self.counts[place] += n;
    }

    /// Buckets with their counts, least values first.
    fn iter(&self) -> impl Iterator<Item = (i32, u64)> {
        (self.least..).zip(self.counts.iter().copied()).filter(|(_, n)| *n > 0)
    }
}

/// The serial form: the buckets that are not empty.
impl Serialize for Buckets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Buckets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Buckets, D::Error> {
        use serde::de::Error;
        let mut buckets = Buckets::default();
        for (bucket, n) in Vec::<(i32, u64)>::deserialize(deserializer)? {
            if !(-MOST..=MOST).contains(&bucket) || n == 0 {
                return Err(D::Error::custom("no such bucket"));
            }
            buckets.add(bucket, n);
        }
        Ok(buckets)
    }
}

/// No value has a bucket beyond this, or below its negative: ln(2^127) / ln γ is less.
const MOST: i32 = 4500;

/// The bucket of a value: 0 for zero, `1 + i` for the i-th power, mirrored for negative values.
/// Values are whole billionths, so that no power is negative.
fn bucket(value: f64) -> i32 {
    if value == 0.0 {
        return 0;
    }
    let power = 1 + (value.abs().max(1.0).ln() / GAMMA_LN).ceil() as i32;
    if value < 0.0 { -power } else { power }
}

/// The value that is at most 1 % from every value of a bucket.
fn middle(bucket: i32) -> f64 {
    if bucket == 0 {
        return 0.0;
    }
    let gamma = GAMMA_LN.exp();
    let value = 2.0 * (f64::from(bucket.abs() - 1) * GAMMA_LN).exp() / (gamma + 1.0);
    if bucket < 0 { -value } else { value }
}

mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(n: &i128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(n)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<i128, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: impl IntoIterator<Item = i64>) -> Distribution {
        let mut distribution = Distribution::default();
        for value in values {
            distribution.add(i128::from(value) * 1_000_000_000);
        }
        distribution
    }

    #[test]
    fn the_page_s_figures() {
        // statistics.quantiles([1..=20], n=20)[18] == 19.95; [1..=100], n=100: [98] == 99.99
        assert_eq!(of(1..=20).last_of(20), Some(19.95));
        assert_eq!(of(1..=19).last_of(20), Some(19.0));
        assert!((of(1..=100).last_of(100).unwrap() - 99.99).abs() < 1e-9);
        assert_eq!(of([4, 1]).median(), Some(2.5));
        assert_eq!(of([4]).median(), Some(4.0));
        assert_eq!(of([4]).mean(), Some(4.0));
        assert_eq!(of([]).median(), None);
        assert_eq!(of([]).last_of(20), None);
        assert_eq!(of([]).quantile(0.5), None);
        assert_eq!(of([7]).quantile(0.99), Some(7.0));
    }

    #[test]
    fn many_values_are_estimated_within_a_hundredth() {
        let many = of((1..=50_000).rev());
        assert!(many.approximate());
        for share in [0.01, 0.5, 0.95, 0.99] {
            let (estimate, exact) = (many.quantile(share).unwrap(), share * 50_000.0);
            assert!((estimate / exact - 1.0).abs() < 0.0101, "{share}: {estimate}");
        }
        assert_eq!((many.min(), many.max(), many.count()), (Some(1.0), Some(50_000.0), 50_000));
        assert!((many.sum() - 50_000.0 * 50_001.0 / 2.0).abs() < 1e-6);
    }

    #[test]
    fn buckets_are_of_the_accuracy() {
        let accuracy = 0.01_f64;
        let gamma = (1.0 + accuracy) / (1.0 - accuracy);
        assert_eq!(GAMMA_LN.to_bits(), gamma.ln().to_bits());
        let ends = [bucket(i128::MIN as f64), bucket(i128::MAX as f64)];
        assert!(ends.iter().all(|bucket| bucket.abs() < MOST), "{ends:?}");
    }

    proptest! {
        #[test]
        fn buckets_are_those_of_a_map(adds in prop::collection::vec((-50_i32..50, 1_u64..9), 0..30)) {
            let mut buckets = Buckets::default();
            let mut map = std::collections::BTreeMap::new();
            for (bucket, n) in adds {
                buckets.add(bucket, n);
                *map.entry(bucket).or_default() += n;
            }
            prop_assert!(buckets.iter().eq(map));
            let saved = serde_json::to_value(&buckets).unwrap();
            prop_assert_eq!(serde_json::from_value::<Buckets>(saved).unwrap(), buckets);
        }

        #[test]
        fn a_cut_changes_nothing(
            values in prop::collection::vec(-1000i64..1000, 1..30),
            times in prop::sample::select(vec![1usize, 700]),
            cut in 0usize..30,
        ) {
            let values: Vec<i64> = values.iter().copied().cycle().take(values.len() * times).collect();
            let cut = (cut * times).min(values.len());
            let whole = of(values.iter().copied());
            let mut first = of(values[..cut].iter().copied());
            let later = of(values[cut..].iter().copied());
            first.merge(serde_json::from_value(serde_json::to_value(later).unwrap()).unwrap());
            prop_assert_eq!(first, whole);
        }

        #[test]
        fn quantiles_are_within_and_ordered(values in prop::collection::vec(-50i64..50, 1..40)) {
            let d = of(values);
            let ranks: Vec<f64> = [0.0, 0.1, 0.5, 0.9, 1.0].map(|q| d.quantile(q).unwrap()).into();
            prop_assert!(ranks.is_sorted());
            prop_assert_eq!((ranks[0], ranks[4]), (d.min().unwrap(), d.max().unwrap()));
        }
    }
}
