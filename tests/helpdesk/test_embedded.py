from sqlalchemy import Engine, text
def test_a(engine: Engine) -> None:
    with engine.connect() as c:
        assert c.scalar(text("select count(*) from ticket")) == 0
def test_b(session, broker_url, settings) -> None:
    session.execute(text("select 1")); session.commit()
