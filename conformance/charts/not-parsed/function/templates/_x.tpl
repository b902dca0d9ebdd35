{{ define "x" }}
{{ env "HOME" }}
{{ end }}
