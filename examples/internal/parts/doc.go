// Package parts is what the example programs share: how a database, a key and a
// logger come from settings.
package parts
