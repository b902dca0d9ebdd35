// Answers the templates of ../go.json with Go's own text/template: `go run main.go < ../go.json > new.json`.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"text/template"
)

type Case struct {
	Text       string  `json:"text"`
	MissingKey string  `json:"missingKey,omitempty"`
	Want       *string `json:"want,omitempty"`
	Fails      string  `json:"fails,omitempty"`
	Message    string  `json:"message,omitempty"`
}

type File struct {
	Source string                 `json:"source"`
	Data   map[string]interface{} `json:"data"`
	Cases  []Case                 `json:"cases"`
}

type Named map[string]interface{}

func (n Named) Has(key string) bool { _, ok := n[key]; return ok }

var functions = template.FuncMap{
	"upper":  strings.ToUpper,
	"plus1":  func(n int) int { return n + 1 },
	"long":   func(n int64) int64 { return n },
	"half":   func(f float64) float64 { return f / 2 },
	"flip":   func(b bool) bool { return !b },
	"repeat": func(n int, s string) string { return strings.Repeat(s, n) },
	"join":   func(s ...string) string { return strings.Join(s, "+") },
	"list":   func(v ...interface{}) []interface{} { return v },
	"size":   func(v []interface{}) int { return len(v) },
	"keys":   func(v map[string]interface{}) int { return len(v) },
	"nothing": func() interface{} { return nil },
	"same":   func(v interface{}) interface{} { return v },
	"fails":  func(s string) (string, error) { return "", errors.New(s) },
}

func main() {
	var file File
	if err := json.NewDecoder(os.Stdin).Decode(&file); err != nil {
		panic(err)
	}
	data := map[string]interface{}{}
	for key, value := range file.Data {
		data[key] = value
	}
	// What JSON has not; the tests make the same.
	data["int"] = 7
	data["i64"] = int64(64)
	data["strings"] = []string{"x", "y"}
	data["texts"] = map[string]string{"k": "v"}
	data["named"] = Named{"a": "A"}
	file.Source = "Answers of Go " + runtime.Version() + " text/template (oracle/main.go); `fails` says in which step it refused."
	for i := range file.Cases {
		answer(&file.Cases[i], data)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	if err := out.Encode(file); err != nil {
		panic(err)
	}
}

func answer(c *Case, data interface{}) {
	c.Want, c.Fails, c.Message = nil, "", ""
	missing := c.MissingKey
	if missing == "" {
		missing = "default"
	}
	parsed, err := template.New("t").Option("missingkey=" + missing).Funcs(functions).Parse(c.Text)
	if err != nil {
		c.Fails, c.Message = "parse", err.Error()
		return
	}
	var out strings.Builder
	if err := parsed.Execute(&out, data); err != nil {
		c.Fails, c.Message = "execute", fmt.Sprint(err)
		return
	}
	text := out.String()
	c.Want = &text
}
