package ami_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/orgpbx/orgpbx/asterisk/ami"
)

// A text that a person typed cannot become a line of its own.
func ExampleConn_Do_injection() {
	conn, err := ami.New(ami.Config{Addr: "127.0.0.1:5038", Username: "orgpbx", Secret: "secret"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = conn.Do(context.Background(), ami.Action{Name: "Setvar", Fields: []ami.Field{
		{Key: "Variable", Value: "GREETING"},
		{Key: "Value", Value: "hello\r\nAction: Logoff"},
	}})
	fmt.Println(errors.Is(err, ami.ErrInjection))
	fmt.Println(err)
	// Output:
	// true
	// ami: field would break out of its line: value of "Value" (action "Setvar")
}

// A reload that fails half way tells whether it may have run.
func ExampleConn_Command() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := ami.New(ami.Config{Addr: "127.0.0.1:5038", Username: "orgpbx", Secret: "secret"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := conn.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = conn.Close() }() // it never fails
	if err := conn.Ready(ctx); err != nil {
		fmt.Println(err)
		return
	}
	output, err := conn.Command(ctx, "dialplan reload")
	switch {
	case errors.Is(err, ami.ErrOutcomeUnknown):
		fmt.Println("look at the dialplan before reloading again:", err)
	case err != nil:
		fmt.Println("nothing was reloaded:", err)
	default:
		fmt.Println(output)
	}
}
