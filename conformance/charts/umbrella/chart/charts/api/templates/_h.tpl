{{- define "api.name" }}plain-api{{ end }}
{{- define "shared" }}api{{ end }}
