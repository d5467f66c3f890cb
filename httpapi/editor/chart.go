package editor

import (
	"fmt"
	"strings"

	"github.com/orgpbx/orgpbx/limits"
)

// The area of a chart, in units of its drawing.
const (
	chartWidth  = 620.0
	chartHeight = 180.0
	chartLeft   = 60.0 // room for the numbers
	chartTop    = 10.0
)

// chart is the values of the days of a month, ready to be drawn.
type chart struct {
	Bars     []bar
	Line     string // points of the values
	Forecast string // points of how they go on; empty when that is not known
	Limit    *mark  // none when it is unlimited, or too far above to be drawn
	Marks    []mark // of the values, from 0
	Days     []mark // of the axis below
	Left     float64
	Right    float64
	Bottom   float64
}

// bar is a value as a rectangle.
type bar struct{ X, Y, Width, Height string }

// mark is a number at an axis.
type mark struct {
	At    string
	Value int
}

// notMeasured is the value of a day of which there is none.
const notMeasured = -1

// newChart draws values of the first days of a month. expected is the value at
// the end of it, 0 when that is not known.
func newChart(days int, values []int, expected int, limit limits.Limit) chart {
	c := chart{Left: chartLeft, Right: chartLeft + chartWidth, Bottom: chartTop + chartHeight}
	most := max(expected, 1)
	for _, v := range values {
		most = max(most, v)
	}
	bound, limited := limit.Value()
	limited = limited && bound > 0 && bound <= 3*most // a line far above would flatten the rest
	if limited {
		most = max(most, bound)
	}
	step := stepOf(most)
	top := (most + step - 1) / step * step
	y := func(v int) float64 { return chartTop + chartHeight*(1-float64(v)/float64(top)) }
	x := func(day float64) float64 { return chartLeft + chartWidth*day/float64(days) }
	for v := 0; v <= top; v += step {
		c.Marks = append(c.Marks, mark{point(y(v)), v})
	}
	for day := 1; day <= days; day += 7 {
		c.Days = append(c.Days, mark{point(x(float64(day) - 0.5)), day})
	}
	var line []string
	for i, v := range values {
		if v == notMeasured {
			continue
		}
		c.Bars = append(c.Bars, bar{point(x(float64(i) + 0.15)), point(y(v)), point(chartWidth / float64(days) * 0.7), point(c.Bottom - y(v))})
		line = append(line, point(x(float64(i)+0.5))+","+point(y(v)))
	}
	c.Line = strings.Join(line, " ")
	if expected > 0 && len(line) > 0 {
		c.Forecast = line[len(line)-1] + " " + point(x(float64(days)-0.5)) + "," + point(y(expected))
	}
	if limited {
		c.Limit = &mark{point(y(bound)), bound}
	}
	return c
}

// stepOf is 1, 2 or 5 times a power of ten, so that most is reached in at most
// five steps.
func stepOf(most int) int {
	for power := 1; ; power *= 10 {
		for _, digit := range []int{1, 2, 5} {
			if step := digit * power; step*5 >= most {
				return step
			}
		}
	}
}

// point is a coordinate.
func point(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") }
