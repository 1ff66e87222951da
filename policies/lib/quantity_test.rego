package lib.quantity_test

import data.lib.quantity

test_what_is_above_zero if {
	every value in [
		"1", "100m", "1e3", "1E3", "1e-3", "1e+3", "1e003", ".5", "0.5", "5.", "5.m", "+1", "+.5", "007",
		"1n", "1u", "1k", "1M", "1G", "1T", "1P", "1E",
		"1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei", "1.5Gi", ".5Ei",
		"9999999999999E", "9223372036854775807", "9223372036854775808", "100000000000000000000000000000000",
		"0.0000000001", "1e-9", "1e-100", "1e2147483647", " 1", "1 ", "1\u00a0",
		1, 0.5, 1000, 1.5e3, 1e400, 9007199254740993,
	] {
		quantity.is_positive(value)
		quantity.is_quantity(value)
	}
}

test_what_is_not_above_zero if {
	every value in [
		"0", "0m", "00", "0.0", ".0", "0.", "+0", "-0", "0Ei", "0e9", "0E", "-1", "-100m", "-.5", "-5.", "-1Gi", "-1e3",
		0, 0.0, -1, -0.5,
	] {
		not quantity.is_positive(value)
		quantity.is_quantity(value)
	}
}

test_what_is_no_quantity if {
	every value in [
		"", " ", "+", "-", ".", "m", "Mi", "Ei", ".m", "e3", "+-1", "-+1", "--1", "++1",
		"1..2", "1.2.3", "1,5", "1_000", "1 000", "0x10", "1/2", "١", "½",
		"1mi", "1K", "1B", "1MB", "1MiB", "1Kib", "1ki", "1MI", "1i", "1mm", "1 Mi",
		"1e", "1e+", "1e-", "1ee3", "1Ee3", "1e3m", "1e3.5", "1e1e1", "1e-+3",
		"1e2147483648", "1e99999999999", "Inf", "NaN", "true", "one", "$(CPU)", "\t1", "1\n", "1\u200b",
		null, true, false, [], ["1"], {}, {"cpu": "1"},
	] {
		not quantity.is_positive(value)
		not quantity.is_quantity(value)
		not quantity.rank(value)
	}
}

test_equal_quantities_in_different_forms if {
	every pair in [
		["1", "1000m"], ["1", "1e0"], ["1", "1."], ["1", "+1"], ["1", "001"], ["1", "1.000000000"], ["1", 1], ["1", "1000000000n"],
		["0.5", "500m"], [".5", "500m"], [0.5, "500m"], ["1e3", "1k"], ["1e3", 1000], ["1E3", "1k"], ["1E", "1e18"],
		["1Ki", "1024"], ["1Mi", "1048576"], ["1Gi", "1024Mi"], ["1.5Gi", "1536Mi"], ["1.5Gi", "1610612736"], ["0.5Ki", "512"],
		["1Ti", "1099511627776"], ["1Pi", "1125899906842624"], ["1Ei", "1152921504606846976"],
		["9999999999999E", "9999999999999000000000000000000"], ["9223372036854775807", "9223372036854775.807k"],
		["9007199254740993", 9007199254740993], ["0.1", "100m"], ["0.30000000000000004", "0.300000001"],
	] {
		is_at_most(pair[0], pair[1])
		is_at_most(pair[1], pair[0])
	}
}

test_quantities_that_differ_by_little if {
	every pair in [
		["1", "1001m"], ["999m", "1"], ["1", "1.000000001"], ["9223372036854775806", "9223372036854775807"],
		["9007199254740992", "9007199254740993"], ["1152921504606846975", "1Ei"], ["1Ei", "1152921504606846977"], ["1E", "1Ei"],
		["1G", "1Gi"], ["1k", "1Ki"], ["1023", "1Ki"], ["9999999999998E", "9999999999999E"], ["99", "100"], ["2", "10"], ["9", "10"],
		["9Ki", "10Ki"], ["0.999999999", "1"], ["1n", "2n"], ["1e2147483646", "1e2147483647"],
		["9999999999999E", "10000000000000E"], [1.5, "2"], ["1.4999Gi", "1.5Gi"],
	] {
		is_at_most(pair[0], pair[1])
		not is_at_most(pair[1], pair[0])
	}
}

test_less_than_a_nano_is_rounded_up_to_one if {
	every value in ["0.1n", "0.0000000001", "1e-10", "1e-100", "0.9n", "0.000000000000000000000000000001Ei", 1e-12] {
		is_at_most(value, "1n")
		is_at_most("1n", value)
	}
}

test_fractions_of_a_nano_are_rounded_up if {
	every pair in [
		["1.1n", "2n"], ["0.0000000019", "2n"], ["9.9n", "10n"], ["99.000000001n", "100n"], ["0.9999999999", "1"],
		["1.9999999999", "2"], ["0.1199999999999", "120m"], ["0.0000000001Ki", "103n"], ["12.0000000001", "12.000000001"],
	] {
		is_at_most(pair[0], pair[1])
		is_at_most(pair[1], pair[0])
	}
}

test_binary_suffixes_end_at_two_to_the_63_minus_1 if {
	every value in ["8Ei", "16Ei", "99999999999999999999Ki", "7.9999999999999999999999999Ei"] {
		is_at_most(value, "9223372036854775807")
		is_at_most("9223372036854775807", value)
	}
	not is_at_most("9223372036854775808", "8Ei")
	not is_at_most("9999999999999E", "8Ei")
}

test_what_is_not_above_zero_is_below_every_bound if {
	every value in ["0", "-1", 0, -5] {
		is_at_most(value, "1n")
	}
}

test_a_very_long_quantity_is_read_exactly if {
	zeros := concat("", ["0" | some _ in numbers.range(1, 5000)])
	is_at_most(concat("", [zeros, "1"]), "1")
	is_at_most("1", concat("", ["1.", zeros]))
	is_at_most(concat("", ["1.", zeros, "1"]), "1.000000001")
	not is_at_most(concat("", ["1.", zeros, "1"]), "1")
	not is_at_most(concat("", ["1", zeros]), "1Ei")
}

test_more_digits_than_can_be_multiplied_have_no_rank if {
	ones := concat("", ["1" | some _ in numbers.range(1, 10001)])
	not quantity.rank(concat("", [ones, "Ki"]))
	quantity.rank(ones)
	quantity.is_positive(concat("", [ones, "Ki"]))
}

is_at_most(value, bound) if quantity.rank(value) <= quantity.rank(bound)
