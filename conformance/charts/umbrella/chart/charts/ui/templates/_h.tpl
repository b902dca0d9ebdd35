{{- define "shared" }}ui{{ end }}
