{{- define "x" }}second{{ end }}
{{- define "empty" }}not empty{{ end }}
