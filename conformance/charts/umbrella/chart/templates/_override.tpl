{{- define "api.name" }}umbrella-api{{ end }}
