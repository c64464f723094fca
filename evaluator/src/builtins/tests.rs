use super::*;

#[test]
fn hashes_are_as_recorded() {
    let hash = |value: &Value| {
        hash::hash(value, &mut crate::watch::Watch::never()).as_str().unwrap().to_owned()
    };
    let ab = Value::structure([("a", Value::int(1)), ("b", Value::int(2))]);
    let ba = Value::structure([("b", Value::int(2)), ("a", Value::int(1))]);
    let cases = [
        (Value::string("foo"), "wzqre0u"),
        (Value::string("a"), "129yv1t"),
        (Value::string("bp"), "129yv1t"),
        (Value::int(1), "3pcnccp"),
        (Value::Bool(true), "gy0qhsd"),
        (Value::float(1.5), "220gnkl"),
        (Value::unit(), "33niihz"),
        (Value::Empty, "1u6e56x"),
        (Value::sequence(vec![Value::int(1), Value::int(2)]).unwrap(), "2hx4asq"),
        (Value::structure([("a", Value::int(1))]), "cfi49fq"),
        (ab, "3rypwar"),
        (ba, "pji4tsy"),
    ];
    for (value, expected) in cases {
        assert_eq!(hash(&value), expected, "{value:?}");
    }
}
