from tests.web.conftest import Api


def test_smoke(api: Api, ticket, client) -> None:
    for name, method, path, body in [
        ("nobody","POST","/tickets",{"title":"Hello","description":"**hi**","email":"new@example.com"}),
        ("alice","POST","/tickets",{"title":"Hello","description":"**hi**"}),
        ("alice","GET","/tickets/ELM-001",None),
        ("alice","POST","/tickets/elm-1/comments",{"content":"more *text*"}),
        ("bob","POST","/admin/tickets/1/reply",{"content":"Try this","status":"resolved"}),
        ("bob","POST","/admin/tickets/1/internal-note",{"content":"secret"}),
        ("bob","PATCH","/admin/tickets/1",{"assignee":"bob@example.com","tags":["Printer","hot"],"is_public":True}),
        ("bob","GET","/admin/tickets?q=printer",None),
        ("bob","GET","/admin/tickets?view=mine",None),
        ("bob","GET","/admin/metrics",None),
        ("bob","GET","/admin/canned-responses",None),
        ("bob","POST","/admin/canned-responses",{"title":"Refund","content":"Dear {user_name|there}"}),
        ("nobody","GET","/known-issues?q=fire",None),
        ("alice","POST","/tickets/1/upvote",None),
        ("mallory","GET","/my-tickets",None),
        ("mallory","POST","/tickets/1/comments",{"content":"x"}),
        ("nobody","GET","/tickets/2",None),
    ]:
        r = api(name, method, path, json=body) if body else api(name, method, path)
        print(name, method, path, r.status_code, r.text[:300])
    for p in ["/healthz","/readyz","/metrics","/login","/setup","/api/openapi.json","/api/docs","/nothing","/static/app.css","/api/v1/x"]:
        r = client.get(p)
        print(p, r.status_code, r.headers.get("cache-control"), r.text[:150].replace("\n"," "))
    print(r.headers)
