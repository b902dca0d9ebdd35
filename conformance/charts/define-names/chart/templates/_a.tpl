{{- define "x" }}first{{ end }}
{{- define "with space" }}spaced {{ . }}{{ end }}
{{ define "inner" }}inner{{ end }}
{{- define "recursive" }}{{ if gt (int .) 0 }}{{ . }} {{ include "recursive" (sub . 1) }}{{ end }}{{ end }}
{{- define "empty" }}{{ end }}
{{- define "vars" }}{{ $x := . }}{{ range list 1 2 }}{{ $x }}{{ . }}{{ end }}{{ end }}
