//! Who left contact data, and what they want.

use super::Days;
use super::answer::Leads;
use super::conversations::by_day;
use super::counts::counts;
use crate::model::DayRange;

pub fn leads(range: DayRange, days: &Days) -> Leads {
    let by_day = by_day(range, days, |daily| daily.leads);
    Leads {
        total_leads: by_day.iter().map(|day| day.count).sum(),
        by_day,
        by_package: counts(days.iter().map(|(_, daily)| &daily.lead_packages)),
        by_property_type: counts(days.iter().map(|(_, daily)| &daily.lead_property_types)),
    }
}
