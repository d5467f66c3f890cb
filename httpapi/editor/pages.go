package editor

import (
	"embed"
	"html/template"
	"io"
	"path"
	"strings"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

//go:embed templates
var templates embed.FS

// pages are the templates, one set for each page.
type pages map[string]*template.Template

// page is what the layout shows around the content.
type page struct {
	SignedIn, Platform bool
	Name               string // of who signed in; a text's key for the administrator
	Role               member.Role
	Own                org.Organization // a member's
	Path               string           // inside the Editor
	FormToken          string
	Content            any
}

// newPages parses the templates. They are part of the program: one that cannot
// be parsed is a mistake of this package, found when the Editor is made.
func newPages(prefix string) pages {
	shared := template.Must(template.New("layout.html").Funcs(functions(prefix)).
		ParseFS(templates, "templates/layout.html", "templates/parts.html"))
	names, err := templates.ReadDir("templates")
	if err != nil {
		panic(err) // the folder is embedded
	}
	all := pages{}
	for _, file := range names {
		name := strings.TrimSuffix(file.Name(), ".html")
		if name == "layout" || name == "parts" {
			continue
		}
		one := template.Must(shared.Clone())
		all[name] = template.Must(one.ParseFS(templates, path.Join("templates", file.Name())))
	}
	return all
}

func (p pages) write(out io.Writer, name string, content page) error {
	return p[name].ExecuteTemplate(out, "layout.html", content)
}

func (q *request) page(content any) page {
	p := page{
		SignedIn: q.who.Token != "", Platform: q.who.Platform, Own: q.who.Organization,
		Path: strings.TrimPrefix(q.URL.Path, q.editor.config.Prefix), FormToken: q.formToken(), Content: content,
	}
	if m := q.who.Member; m != nil {
		p.Name, p.Role = m.Name, m.Role
	}
	return p
}
