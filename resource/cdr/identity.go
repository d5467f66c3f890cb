package cdr

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// identify returns the id of the call that an organisation's channel made, and
// when it started. Asterisk's name of a channel holds both the second in which it
// was made and a counter: "[system name-]1795506778.42". That second is the same
// in every part of the call, whatever is handed in first. Where somebody gave the
// channel a name of his own, the start of the part that is at hand has to do.
//
// Two nodes may name two channels alike. So the organisation is part of the id,
// because it is on one node at a time.
func identify(contextPrefix, uniqueID string, start time.Time) (string, time.Time) {
	counter := uint64(0)
	if second, n, ok := madeAt(uniqueID); ok {
		start, counter = time.Unix(second, 0), n
	}
	start = start.UTC().Truncate(time.Second)
	hash := sha256.Sum256([]byte(contextPrefix + "\x00" + uniqueID))
	id := firstID(start)
	binary.BigEndian.PutUint16(id[6:], 0x7000|uint16(counter&0xfff))
	copy(id[8:], hash[:8])
	id[8] = 0x80 | id[8]&0x3f
	return id.String(), start
}

// firstID is at or before the id of every call that started at t or later.
func firstID(t time.Time) uuid.UUID {
	var id uuid.UUID
	ms := max(0, t.UnixMilli())
	binary.BigEndian.PutUint64(id[:], uint64(ms)<<16)
	id[6] = 0x70
	return id
}

// FirstID returns an id that sorts before those of all calls that started at t
// or later, and behind those of all that started before: a span of time is a
// range of ids.
func FirstID(t time.Time) string {
	return firstID(t.Add(time.Second - 1).Truncate(time.Second)).String()
}

// StartOf returns when the call of an id started, in UTC and to the second; the zero
// time for what is no id.
func StartOf(id string) time.Time {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(parsed.Time().UnixTime()).UTC()
}

// madeAt reads the second and the counter out of the name of a channel.
func madeAt(uniqueID string) (second int64, counter uint64, ok bool) {
	name := uniqueID[strings.LastIndexByte(uniqueID, '-')+1:]
	before, after, found := strings.Cut(name, ".")
	if !found {
		return 0, 0, false
	}
	second, err := strconv.ParseInt(before, 10, 64)
	if err != nil || second < earliest || second > latest {
		return 0, 0, false
	}
	counter, err = strconv.ParseUint(after, 10, 64)
	return second, counter, err == nil
}

// Between these a second can be that of a call: 2001 and 2286, all numbers of ten
// digits.
const (
	earliest = 1_000_000_000
	latest   = 9_999_999_999
)
