// Package asterisk turns a snapshot of an organisation into what Asterisk
// loads. It is pure: no file, no connection, no clock.
package asterisk
