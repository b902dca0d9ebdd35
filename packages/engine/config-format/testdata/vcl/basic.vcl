vcl 4.0;
import std;
backend default {
  .host = "127.0.0.1";
  .port = "8080";
}
acl purge { "localhost"; "10.0.0.0"/8; }
sub vcl_recv {
  # c
  if (req.method == "PURGE") {
    return (purge);
  }
  set req.http.X = "a" + "b";
  unset req.http.Cookie;
}
