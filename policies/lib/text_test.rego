package lib.text_test

import data.lib.text

test_a_container_is_named_by_its_list_and_its_name if {
	text.container("containers", 0, {"name": "app"}) == `container "app"`
	text.container("initContainers", 0, {"name": "setup"}) == `init container "setup"`
	text.container("ephemeralContainers", 0, {"name": "debug"}) == `ephemeral container "debug"`
	text.volume(0, {"name": "data"}) == `volume "data"`
}

test_what_has_no_name_is_named_by_its_place if {
	every container in [{}, {"name": ""}, {"name": null}, {"name": 1}, {"name": ["x"]}, null, "x"] {
		text.container("containers", 2, container) == "container 2"
	}
}

test_a_name_cannot_break_out_of_its_message if {
	text.quote("a\"\nb\t") == `"a\"\nb\t"`
}

test_long_text_is_cut if {
	long := concat("", ["é" | some _ in numbers.range(1, 201)])
	count(text.clip(long)) == 203
	endswith(text.clip(long), "é...")
	text.clip(substring(long, 0, 200)) == substring(long, 0, 200)
}

test_values_are_told_by_text_or_type if {
	text.got("1x") == `"1x"`
	text.got(5) == "5"
	text.got(1e400) == "1e400"
	text.got(null) == "nothing"
	text.got(true) == "a boolean"
	text.got([]) == "an array"
	text.got({"a": "secret"}) == "an object"
	text.type("secret") == "a string"
	text.type(5) == "a number"
}

test_what_nobody_sees_is_blank if {
	every value in ["", " ", "\t\n", "\u00a0", "\u200b", "\u200b \u200d", "\ufeff", "\u2060", "\u3000", "\u00ad", "\u2800", "\u3164"] {
		text.is_blank(value)
	}
	every value in ["a", " a ", ".", "-", "0"] {
		not text.is_blank(value)
	}
}
