# c
backend default {
  .host = "127.0.0.1";
  .port = "8080";
  .connect_timeout = 1s;
  .max = 5;
}
backend b { .host = "y"; }
acl purge { "localhost"; "10.0.0.0"/8; }
sub vcl_recv {
  set req.http.X = "a";
  set y = 2;
  esi;
}
sub f {}
table t { "a": "b" }
