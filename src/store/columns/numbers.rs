//! Columns of whole numbers, and of what is one of a few.

use std::marker::PhantomData;

use super::pack::{self, Packed};
use super::{Column, Damage, Input, Output};
use crate::model::{Day, Sentiment, Unit};

/// What can stand in a column of numbers.
pub trait Whole: Copy {
    fn to_number(self) -> i64;
    /// `None` for a number that is none of these.
    fn of_number(number: i64) -> Option<Self>;
}

macro_rules! whole {
    ($($type:ty),+) => {$(
        impl Whole for $type {
            fn to_number(self) -> i64 {
                self.into()
            }
            fn of_number(number: i64) -> Option<Self> {
                number.try_into().ok()
            }
        }
    )+};
}
whole!(u8, u16, u32, i64);

impl Whole for u64 {
    fn to_number(self) -> i64 {
        self.cast_signed()
    }
    fn of_number(number: i64) -> Option<Self> {
        Some(number.cast_unsigned())
    }
}

impl Whole for bool {
    fn to_number(self) -> i64 {
        self.into()
    }
    fn of_number(number: i64) -> Option<Self> {
        matches!(number, 0 | 1).then_some(number == 1)
    }
}

impl Whole for Day {
    fn to_number(self) -> i64 {
        self.0.into()
    }
    fn of_number(number: i64) -> Option<Self> {
        number.try_into().ok().map(Self)
    }
}

impl Whole for Sentiment {
    fn to_number(self) -> i64 {
        match self {
            Self::Positive => 0,
            Self::Neutral => 1,
            Self::Negative => 2,
        }
    }
    fn of_number(number: i64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

impl Whole for Unit {
    fn to_number(self) -> i64 {
        match self {
            Self::Session => 0,
            Self::User => 1,
        }
    }
    fn of_number(number: i64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

/// Numbers that have nothing to do with their neighbours. Most columns of most blocks hold one number over and over (what
/// is absent, what is one): as long as that is so, it is only counted.
pub struct Numbers<T> {
    /// The first number, and how often it stands at the beginning where `values` are empty.
    same: i64,
    count: usize,
    /// All of them, once two are different.
    values: Vec<i64>,
    taken: usize,
    of: PhantomData<T>,
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self { same: 0, count: 0, values: Vec::new(), taken: 0, of: PhantomData }
    }
}

impl<T> Numbers<T> {
    fn put(&mut self, value: i64) {
        if !self.values.is_empty() {
            return self.values.push(value);
        }
        if self.count == 0 {
            self.same = value;
        }
        if value == self.same {
            self.count += 1;
            return;
        }
        self.values.reserve(2 * self.count);
        self.values.resize(self.count, self.same);
        self.values.push(value);
    }

    pub fn sum(&self) -> Result<usize, Damage> {
        let not_negative = |value: i64| usize::try_from(value).ok();
        let sum = if self.values.is_empty() {
            not_negative(self.same).and_then(|same| same.checked_mul(self.count))
        } else {
            self.values.iter().try_fold(0usize, |sum, value| sum.checked_add(not_negative(*value)?))
        };
        sum.ok_or("lengths that do not add up")
    }

    fn take(&mut self) -> Result<i64, Damage> {
        let value = match self.values.get(self.taken) {
            Some(value) => *value,
            None if self.values.is_empty() && self.taken < self.count => self.same,
            None => return Err("a column that ends too soon"),
        };
        self.taken += 1;
        Ok(value)
    }
}

impl<T: Whole> Column for Numbers<T> {
    type Value = T;

    fn push(&mut self, value: &T) {
        self.put(value.to_number());
    }

    fn write(&self, output: &mut Output) {
        if self.values.is_empty() {
            pack::write_same(self.same, self.count, output);
        } else {
            pack::write(&self.values, output);
        }
    }

    fn read(input: &mut Input<'_>) -> Result<Self, Damage> {
        Ok(match pack::read(input)? {
            Packed::Same(same, count) => Self { same, count, ..Self::default() },
            Packed::Different(values) => Self { values, ..Self::default() },
        })
    }

    fn next(&mut self) -> Result<T, Damage> {
        T::of_number(self.take()?).ok_or("a number that means nothing")
    }

    fn skip(&mut self) -> Result<(), Damage> {
        self.take().map(|_| ())
    }
}

/// Numbers that are near their neighbours, as differences.
pub struct Steps<T> {
    numbers: Numbers<i64>,
    last: i64,
    of: PhantomData<T>,
}

impl<T> Default for Steps<T> {
    fn default() -> Self {
        Self { numbers: Numbers::default(), last: 0, of: PhantomData }
    }
}

impl<T: Whole> Column for Steps<T> {
    type Value = T;

    fn push(&mut self, value: &T) {
        let value = value.to_number();
        self.numbers.put(value.wrapping_sub(self.last));
        self.last = value;
    }

    fn write(&self, output: &mut Output) {
        self.numbers.write(output);
    }

    fn read(input: &mut Input<'_>) -> Result<Self, Damage> {
        Ok(Self { numbers: Numbers::read(input)?, ..Self::default() })
    }

    fn next(&mut self) -> Result<T, Damage> {
        self.skip()?;
        T::of_number(self.last).ok_or("a number that means nothing")
    }

    fn skip(&mut self) -> Result<(), Damage> {
        self.last = self.last.wrapping_add(self.numbers.take()?);
        Ok(())
    }
}
