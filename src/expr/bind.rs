//! Ties expressions to a run: fields to their columns, hours, days and times to the zone.

use crate::record::{Needs, Timestamp, Zone};

use super::{Aggregation, Condition, Literal, Metric, Operand, Operator};

impl Aggregation {
    /// Asks for the fields of the aggregation and fixes its zone. Before it is bound, no field
    /// has a value.
    pub fn bind(&mut self, needs: &mut Needs, zone: &Zone) {
        match &mut self.metric {
            Metric::Section(_) | Metric::Count => {}
            Metric::Sum(operand)
            | Metric::Avg(operand)
            | Metric::Min(operand)
            | Metric::Max(operand)
            | Metric::Quantile(_, operand)
            | Metric::Distinct(operand) => operand.bind(needs, zone),
        }
        for key in &mut self.by {
            key.bind(needs, zone);
        }
        if let Some(filter) = &mut self.filter {
            filter.bind(needs, zone);
        }
    }
}

impl Metric {
    /// Whose values it is about, if that is not said by its section.
    #[must_use]
    pub fn operand(&self) -> Option<&Operand> {
        match self {
            Metric::Section(_) | Metric::Count => None,
            Metric::Sum(operand)
            | Metric::Avg(operand)
            | Metric::Min(operand)
            | Metric::Max(operand)
            | Metric::Quantile(_, operand)
            | Metric::Distinct(operand) => Some(operand),
        }
    }
}

impl Condition {
    /// How many patterns it has: each may take some megabytes.
    #[must_use]
    pub fn patterns(&self) -> usize {
        match self {
            Condition::And(left, right) | Condition::Or(left, right) => {
                left.patterns() + right.patterns()
            }
            Condition::Not(condition) => condition.patterns(),
            Condition::Matches(..) => 1,
            Condition::Has(_) | Condition::Compare(..) | Condition::In(..) => 0,
        }
    }

    /// Asks for the fields of the condition and fixes its zone. Before it is bound, no field has
    /// a value, and no instant compares to a time without an offset.
    pub fn bind(&mut self, needs: &mut Needs, zone: &Zone) {
        match self {
            Condition::And(left, right) | Condition::Or(left, right) => {
                left.bind(needs, zone);
                right.bind(needs, zone);
            }
            Condition::Not(condition) => condition.bind(needs, zone),
            Condition::Has(operand) | Condition::Matches(operand, _) => operand.bind(needs, zone),
            Condition::Compare(operand, _, literal) => {
                operand.bind(needs, zone);
                literal.bind(operand, *zone);
            }
            Condition::In(operand, literals) => {
                operand.bind(needs, zone);
                for literal in literals {
                    literal.bind(operand, *zone);
                }
            }
        }
    }
}

impl Condition {
    /// Shows every operand with the literals that it has to equal one of, if that is asked of it.
    pub fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Operand, &'a [Literal])) {
        match self {
            Condition::And(left, right) | Condition::Or(left, right) => {
                left.visit(see);
                right.visit(see);
            }
            Condition::Not(condition) => condition.visit(see),
            Condition::Has(operand)
            | Condition::Matches(operand, _)
            | Condition::Compare(
                operand,
                Operator::Less
                | Operator::LessEqual
                | Operator::Greater
                | Operator::GreaterEqual
                | Operator::Contains
                | Operator::StartsWith,
                _,
            ) => see(operand, &[]),
            Condition::Compare(operand, Operator::Equal, literal) => {
                see(operand, std::slice::from_ref(literal));
            }
            Condition::In(operand, literals) => see(operand, literals),
        }
    }
}

impl Operand {
    /// Asks for the column of a field; fixes the zone of hours and days.
    pub fn bind(&mut self, needs: &mut Needs, zone: &Zone) {
        match self {
            Operand::Field { path, slot } => *slot = needs.field(path),
            Operand::Hour(of) | Operand::Day(of) => *of = *zone,
            _ => {}
        }
    }
}

impl Literal {
    fn bind(&mut self, operand: &Operand, zone: Zone) {
        if let (Operand::Timestamp, Literal::Text(naive)) = (operand, &*self)
            && let Some(time) = Timestamp::from_text(naive, &zone)
        {
            *self = Literal::Time(time);
        }
    }
}
