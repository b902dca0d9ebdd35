// Answers the questions of ../go.json with the libraries of Argo CD's ApplicationSet controller. In an empty folder with this
// file: `go mod init oracle; go mod tidy; go run . < go.json`.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"strings"

	"dario.cat/mergo"
	"github.com/gosimple/slug"
	"github.com/jeremywohl/flatten"
	"github.com/valyala/fasttemplate"
)

type Object = map[string]any

type File struct {
	Source string `json:"source"`
	Slugs  []struct {
		Text      string `json:"text"`
		MaxLength int    `json:"maxLength,omitempty"`
		Blunt     bool   `json:"blunt,omitempty"`
		Want      string `json:"want"`
	} `json:"slugs"`
	Overrides []Merge `json:"overrides"`
	Fills     []Merge `json:"fills"`
	Tags      []struct {
		Text string  `json:"text"`
		Want *string `json:"want"`
	} `json:"tags"`
	Flats []struct {
		Value Object            `json:"value"`
		Want  map[string]string `json:"want"`
	} `json:"flats"`
	Matches []struct {
		Pattern string `json:"pattern"`
		Path    string `json:"path"`
		Want    string `json:"want"`
	} `json:"matches"`
}

type Merge struct {
	Base Object `json:"base"`
	Top  Object `json:"top"`
	Want Object `json:"want"`
}

var params = Object{"a": "1", "b.c": "2", "n": 3}

func main() {
	var file File
	must(json.NewDecoder(os.Stdin).Decode(&file))
	for i := range file.Slugs {
		c := &file.Slugs[i]
		slug.MaxLength = 50
		if c.MaxLength > 0 {
			slug.MaxLength = c.MaxLength
		}
		slug.EnableSmartTruncate = !c.Blunt
		slug.CustomSub = map[string]string{"_": "-"}
		c.Want = slug.Make(c.Text)
	}
	for i := range file.Overrides {
		c := &file.Overrides[i]
		c.Want = merged(c.Base, c.Top, mergo.WithOverride)
	}
	for i := range file.Fills {
		c := &file.Fills[i]
		c.Want = merged(c.Base, c.Top)
	}
	for i := range file.Tags {
		file.Tags[i].Want = replaced(file.Tags[i].Text)
	}
	for i := range file.Flats {
		flat, err := flatten.Flatten(file.Flats[i].Value, "", flatten.DotStyle)
		must(err)
		file.Flats[i].Want = map[string]string{}
		for key, value := range flat {
			file.Flats[i].Want[key] = fmt.Sprintf("%v", value)
		}
	}
	for i := range file.Matches {
		matched, err := path.Match(file.Matches[i].Pattern, file.Matches[i].Path)
		file.Matches[i].Want = fmt.Sprint(matched)
		if err != nil {
			file.Matches[i].Want = "error"
		}
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	must(encoder.Encode(file))
}

func merged(base, top Object, options ...func(*mergo.Config)) Object {
	result := Object{}
	bytes, err := json.Marshal(base)
	must(err)
	must(json.Unmarshal(bytes, &result))
	must(mergo.Merge(&result, top, options...))
	return result
}

var templated = regexp.MustCompile(".*{{.*}}.*")

func replaced(text string) *string {
	if !templated.MatchString(text) {
		return &text
	}
	template, err := fasttemplate.NewTemplate(text, "{{", "}}")
	if err != nil {
		return nil
	}
	result := template.ExecuteFuncString(func(w io.Writer, tag string) (int, error) {
		value, ok := params[strings.TrimSpace(tag)].(string)
		if !ok || strings.TrimSpace(tag) == "" {
			return fmt.Fprintf(w, "{{%s}}", tag)
		}
		return w.Write([]byte(value))
	})
	return &result
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
