import assert from 'node:assert/strict'
import { keepSecret, redact } from '../engine/redact.ts'

describe('redact', () => {
  it('leaves nothing of a password that has an @ in it', () => {
    keepSecret('hush@hush/9')
    assert.equal(redact('mysql://etl:hush@hush/9@db.example/shop said no'), 'mysql://etl:***@db.example/shop said no')
  })

  it('leaves nothing of a password that begins like another one', () => {
    keepSecret('canary')
    keepSecret('canary-of-the-mine')
    assert.equal(redact('canary-of-the-mine and canary'), '*** and ***')
  })

  it('takes the password out of a URL that nobody has told of', () => {
    assert.equal(redact('redis://user:unheard-of@cache:6379/0'), 'redis://user:***@cache:6379/0')
  })

  const texts = [
    ["'redis://:one-of-it@a' and mysql://b:two-of-it@c,postgres://d:three/of:it@e", "'redis://:***@a' and mysql://b:***@c,postgres://d:***@e"],
    ['https://a/b:c@d, https://a@b and files:x://', 'https://a/b:c@d, https://a@b and files:x://'],
    ['x://y://me:unheard@z', 'x://y:***@z'],
  ] as const
  for (const [text, clean] of texts) it(`makes of ${text} what nobody can log in with`, () => assert.equal(redact(text), clean))

  it('takes a moment for a text that is long, whatever is in it', () => {
    for (const word of ['x', 'a:', '://', 'a://b', '://:', 'a://b:', '@', '://b:c@']) {
      const text = word.repeat(1_000_000 / word.length)
      const begun = performance.now()
      redact(text)
      assert.ok(performance.now() - begun < 2_000, `${word}: ${performance.now() - begun} ms`)
    }
  })
})
