package asterisktest

import (
	"bufio"
	"io"
	"net"
	"strings"
	"sync"
)

// FakeAMIField is one line of an action.
type FakeAMIField struct{ Key, Value string }

// FakeAMIAction is an action as it arrived.
type FakeAMIAction struct {
	Name   string
	ID     string         // its ActionID
	Fields []FakeAMIField // all lines in order, Action and ActionID too
}

// Get returns the value of the first field of that key, in whatever case.
func (a FakeAMIAction) Get(key string) string {
	for _, f := range a.Fields {
		if strings.EqualFold(f.Key, key) {
			return f.Value
		}
	}
	return ""
}

// FakeAMISession is one connection to a [FakeAMI]. Its methods may be called by
// several goroutines and ignore that the peer may be gone, as Asterisk does.
type FakeAMISession struct {
	conn    net.Conn
	writing sync.Mutex
}

// Reply sends a successful response to the action with these lines added.
func (s *FakeAMISession) Reply(a FakeAMIAction, lines ...string) {
	s.respond("Success", a, lines...)
}

// Refuse sends an error response.
func (s *FakeAMISession) Refuse(a FakeAMIAction, message string) {
	s.respond("Error", a, "Message: "+message)
}

func (s *FakeAMISession) respond(outcome string, a FakeAMIAction, lines ...string) {
	head := []string{"Response: " + outcome}
	if a.ID != "" {
		head = append(head, "ActionID: "+a.ID)
	}
	s.Send(append(head, lines...)...)
}

// Send sends one packet of these lines.
func (s *FakeAMISession) Send(lines ...string) {
	s.Raw(strings.Join(lines, "\r\n") + "\r\n\r\n")
}

// Raw sends text as it stands, which need not be a packet.
func (s *FakeAMISession) Raw(text string) {
	s.writing.Lock()
	defer s.writing.Unlock()
	_, _ = io.WriteString(s.conn, text)
}

// Cut closes the connection.
func (s *FakeAMISession) Cut() { _ = s.conn.Close() }

func (s *FakeAMISession) serve(f *FakeAMI) {
	defer s.Cut()
	s.Raw("Asterisk Call ")
	s.Raw("Manager/11.0.0\r\n")
	in := bufio.NewReader(s.conn)
	for {
		action, err := readAction(in)
		if err != nil {
			return
		}
		f.dispatch(s, action)
	}
}

// readAction reads lines as Asterisk does: a lone line feed ends one too, which
// is what makes a line feed inside a value an injection.
func readAction(in *bufio.Reader) (FakeAMIAction, error) {
	var a FakeAMIAction
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return a, err
		}
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if line == "" {
			a.Name, a.ID = a.Get("Action"), a.Get("ActionID")
			return a, nil
		}
		key, value, _ := strings.Cut(line, ":")
		a.Fields = append(a.Fields, FakeAMIField{Key: key, Value: strings.TrimLeft(value, " \t")})
	}
}
