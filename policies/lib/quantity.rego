# METADATA
# title: Quantities
# description: |
#   Reads resource quantities as the API server does, digit by digit: nothing here is rounded but what the API server rounds. A value is
#   held as its decimal digits and a power of ten, because numbers in Rego are not exact everywhere.
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
#     description: The grammar of quantities
package lib.quantity

# Whether a value is a quantity above zero. However small, the API server rounds it up to 1n and never down to nothing.
is_positive(value) if {
	is_string(value)
	_is_positive_integer(value)
} else if {
	_has_value(_parts(_text(value)))
}

# Whether a value is a quantity at all: zero is, and what is below zero.
is_quantity(value) if {
	_parts(_text(value))
} else if {
	negative := _text(value)
	startswith(negative, "-")
	not startswith(negative, "-+")
	_parts(trim_prefix(negative, "-"))
}

# What quantities compare by: ranks of equal quantities are equal, and the rank of the higher one is higher. It is [power, digits], where
# 0.DIGITS times ten to that power is the value, without zeros at either end of the digits; for everything that is not above zero it is
# [null]. Undefined where the value is no quantity.
rank(value) := _rounded(_capped(parts[2], _shifted(parts))) if {
	parts := _parts(_text(value))
	_has_value(parts)
} else := [null] if {
	is_quantity(value)
	not is_positive(value)
}

# By far the most are written so, `500m`, `128Mi`: this spares them the rest.
_is_positive_integer(text) if {
	suffix := trim_left(text, _digits)
	suffix in ["Mi", "m", "Gi", "", "Ki", "k", "M", "G"]
	trim_left(trim_suffix(text, suffix), "0") != ""
}

_digits := "0123456789"

# The API server reads a JSON number by its text, and trims a string.
_text(value) := trim(value, _spaces) if {
	is_string(value)
} else := json.marshal(value) if {
	is_number(value)
}

_spaces := concat("", [
	"\u0020\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005",
	"\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
])

# The digits before the point, those after it, and the suffix of a quantity without a sign or with a plus. There must be a digit, though
# the API server takes some texts without one, `m` and `.`, for zero.
_parts(text) := [integer, fraction, suffix] if {
	unsigned := trim_prefix(text, "+")
	tail := trim_left(unsigned, _digits)
	integer := trim_suffix(unsigned, tail)
	fraction_and_suffix := trim_prefix(tail, ".")
	suffix := _suffix(tail, fraction_and_suffix)
	fraction := trim_suffix(fraction_and_suffix, suffix)
	_is_suffix(suffix)
	[integer, fraction] != ["", ""]
}

# Without a point there is no fraction, and what follows the digits is the suffix.
_suffix(tail, fraction_and_suffix) := tail if {
	tail == fraction_and_suffix
} else := trim_left(fraction_and_suffix, _digits)

_is_suffix(suffix) if {
	_decimal_exponents[suffix]
} else if {
	_binary_factors[suffix]
} else if {
	_exponent(suffix)
}

_decimal_exponents := {"": 0, "n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}

_binary_factors := {
	"Ki": 1024,
	"Mi": 1048576,
	"Gi": 1073741824,
	"Ti": 1099511627776,
	"Pi": 1125899906842624,
	"Ei": 1152921504606846976,
}

# The number in `e3`, `E-3`, `e+003`. The API server reads an exponent past 32 bits modulo 2^32, which nobody means: it is none here.
_exponent(suffix) := _sign(signed) * to_number(digits) if {
	substring(suffix, 0, 1) in ["e", "E"]
	signed := substring(suffix, 1, -1)
	not startswith(signed, "-+")
	unsigned := trim_prefix(trim_prefix(signed, "-"), "+")
	unsigned != ""
	trim_left(unsigned, _digits) == ""
	digits := _without_leading_zeros(unsigned)
	count(digits) <= 10
	to_number(digits) <= 2147483647
}

_sign(text) := -1 if {
	startswith(text, "-")
} else := 1

_without_leading_zeros(digits) := stripped if {
	stripped := trim_left(digits, "0")
	stripped != ""
} else := "0"

_has_value(parts) if {
	trim_left(parts[0], "0") != ""
} else if {
	trim_left(parts[1], "0") != ""
}

_shifted([integer, fraction, suffix]) := _normal(concat("", [integer, fraction]), _decimal_exponents[suffix] - count(fraction)) if {
	_decimal_exponents[suffix]
} else := _normal(json.marshal(product), 0 - count(fraction)) if {
	# Integers of any length multiply exactly, fractions would not. Past ten thousand digits the module would run out of stack: those
	# have no rank.
	digits := trim_left(concat("", [integer, fraction]), "0")
	count(digits) <= 10000
	product := to_number(digits) * _binary_factors[suffix]
} else := _normal(concat("", [integer, fraction]), _exponent(suffix) - count(fraction))

# DIGITS times ten to EXPONENT.
_normal(digits, exponent) := [exponent + count(stripped), trim_right(stripped, "0")] if {
	stripped := trim_left(digits, "0")
}

# Only what has a binary suffix is held to 2^63-1.
_capped(suffix, magnitude) := [19, "9223372036854775807"] if {
	_binary_factors[suffix]
	magnitude > [19, "9223372036854775807"]
} else := magnitude

# Up to the next whole nano, away from zero.
_rounded([power, digits]) := [power, digits] if {
	count(digits) <= power + 9
} else := [-8, "1"] if {
	power + 9 <= 0
} else := _incremented(power, trim_right(substring(digits, 0, power + 9), "9"))

# The number after the one whose digits, all its last nines cut off, are KEPT.
_incremented(power, "") := [power + 1, "1"]

_incremented(power, kept) := [power, concat("", [substring(kept, 0, last), next_digit])] if {
	kept != ""
	last := count(kept) - 1
	next_digit := substring("123456789", to_number(substring(kept, last, 1)), 1)
}
