package asterisk

import (
	"maps"
	"slices"
)

// patternsOf returns patterns, without their "_", that match the given numbers
// and no others, each number by one: [0-1]X for those from 00 to 19.
func patternsOf(numbers []safe) []safe {
	var patterns []safe
	behind := map[safe][]safe{} // the rests of the numbers, by their first digit
	for _, n := range numbers {
		if n == "" {
			patterns = append(patterns, n)
			continue
		}
		behind[n[:1]] = append(behind[n[:1]], n[1:])
	}
	firsts := map[safe]safe{} // the digits before a pattern
	for _, digit := range slices.Sorted(maps.Keys(behind)) {
		for _, pattern := range patternsOf(behind[digit]) {
			firsts[pattern] += digit
		}
	}
	for _, pattern := range slices.Sorted(maps.Keys(firsts)) {
		for _, run := range runsOf(firsts[pattern]) {
			patterns = append(patterns, run+pattern)
		}
	}
	return patterns
}

// runsOf writes rising digits as patterns of one digit each: those without a gap
// are one. So the pattern of an extension stays shorter than Asterisk's 80
// characters.
func runsOf(digits safe) []safe {
	var runs []safe
	for digits != "" {
		n := 1
		for n < len(digits) && digits[n] == digits[n-1]+1 {
			n++
		}
		first, last := digits[:1], digits[n-1:n]
		switch n {
		case 1:
			runs = append(runs, first)
		case 10:
			runs = append(runs, "X")
		default:
			runs = append(runs, "["+first+"-"+last+"]")
		}
		digits = digits[n:]
	}
	return runs
}
