package editor

import (
	"net/http"
	"time"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// usagePage is the page about calls, minutes and storage.
type usagePage struct {
	head
	Now       []usageRow // calls at this moment, minutes, storage
	RunsOutOn string     // the day on which the minutes are used up; empty for none
	Expected  int        // minutes at the end of the month; 0 on its first day
	Month     string     // such as "November 2026"
	Zone      string
	Daily     chart
	Sum       chart
	Stored    *storedChart // none where nothing was measured this month
	Days      []dayUsage
}

// dayUsage is a line of the table that says the same as the charts.
type dayUsage struct {
	Day          string
	Minutes, Sum int    // rounded up
	Stored       string // "" where it was not measured
}

func (e *Editor) showUsage(q *request) error {
	o, err := q.organization(member.ReadSetup)
	if err != nil {
		return err
	}
	used, err := e.config.Calls.Usage(q.Context(), o)
	if err != nil {
		return err
	}
	month, err := e.config.Calls.Month(q.Context(), o)
	if err != nil {
		return err
	}
	stored, err := e.config.Calls.StorageMonth(q.Context(), o)
	if err != nil {
		return err
	}
	view := usagePage{
		head: q.head(o, "usage"), Now: usageOfCalls(used), Expected: month.Expected,
		Month: month.Begin.Format("January 2006"), Zone: o.Settings.Location().String(), Days: dayByDay(month),
	}
	if on := used.Minutes.RunsOutOn; !on.IsZero() {
		view.RunsOutOn = on.Format(time.DateOnly)
	}
	view.Stored = newStoredChart(month.Days, stored, used.Storage.Limit)
	for i, d := range view.Days {
		view.Days[i].Stored = storedOn(stored, d.Day)
	}
	var daily, sums []int
	for _, d := range view.Days {
		daily, sums = append(daily, d.Minutes), append(sums, d.Sum)
	}
	view.Daily = newChart(month.Days, daily, 0, limits.Unlimited())
	view.Sum = newChart(month.Days, sums, month.Expected, used.Minutes.Limit)
	return q.show(http.StatusOK, "usage", view)
}

// dayByDay adds the days of a month up.
func dayByDay(m cdr.MonthUsage) []dayUsage {
	const minute = 60
	var sum int64
	days := make([]dayUsage, 0, len(m.Seconds))
	for i, seconds := range m.Seconds {
		sum += seconds
		days = append(days, dayUsage{
			Day:     m.Begin.AddDate(0, 0, i).Format(time.DateOnly),
			Minutes: int((seconds + minute - 1) / minute), Sum: int((sum + minute - 1) / minute),
		})
	}
	return days
}
