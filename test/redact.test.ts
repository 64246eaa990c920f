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
})
