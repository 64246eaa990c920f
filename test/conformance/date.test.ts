import assert from 'node:assert/strict'
import { date } from '../../engine/dimension/date.ts'
import { create } from '../../engine/sql/define-create.ts'
import { assertDrawn } from '../helpers/drawn.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

const days = create(`
  CREATE TABLE date_dim (
    date_key      KEY,
    full_date     DATE,
    day_name      VARCHAR(9)  NOT NULL,
    is_weekday    BOOLEAN,
    fiscal_year   INT         NOT NULL
  )`)

const inYear = (from: string, through: string, fiscalYearStart = 1) => date({ create: days, key: 'date_key', from, through, fiscalYearStart })

onEveryWarehouse('date', ({ house }) => {
  it('counts its days, under keys of their own', async () => {
    const counts = await house().load(inYear('2016-02-28', '2016-03-01', 3))
    assertDrawn(await house().rows(inYear('2016-02-28', '2016-03-01')), `
      | date_key INT | full_date DATE | day_name | is_weekday BOOLEAN | fiscal_year INT |
      | ------------ | -------------- | -------- | ------------------ | --------------- |
      | -1           | NULL           | Unknown  | NULL               | 0               |
      | 20160228     | 2016-02-28     | Sunday   | false              | 2016            |
      | 20160229     | 2016-02-29     | Monday   | true               | 2016            |
      | 20160301     | 2016-03-01     | Tuesday  | true               | 2017            |
    `)
    assert.deepEqual(counts, { read: 3, rejected: 0, unchanged: 0, overwritten: 0, newMembers: 3, staged: 4, lastKey: 0 })
  })

  it('is the same again, keeps days outside of a narrower range, and overwrites what is counted otherwise', async () => {
    await house().load(inYear('2016-06-28', '2016-07-01'))
    const again = await house().load(inYear('2016-06-28', '2016-07-01'))
    assert.deepEqual([again.unchanged, again.overwritten, again.newMembers, again.lastKey], [4, 0, 0, 0])
    const moved = await house().load(inYear('2016-06-30', '2016-07-02', 7))
    assert.deepEqual([moved.read, moved.unchanged, moved.overwritten, moved.newMembers, moved.staged], [3, 1, 1, 1, 6])
    assertDrawn(await house().rows(inYear('2016-06-28', '2016-07-01')), `
      | date_key INT | fiscal_year INT |
      | -1           | 0               |
      | 20160628     | 2016            |
      | 20160629     | 2016            |
      | 20160630     | 2016            |
      | 20160701     | 2017            |
      | 20160702     | 2017            |
    `)
  })

  it('gives its key the name that the create has for it', async () => {
    const calendar = date({ create: create('CREATE TABLE day_dim (\n id KEY,\n date_key INT,\n full_date DATE\n)'), key: 'id', from: '2016-01-01', through: '2016-01-01' })
    await house().load(calendar)
    assertDrawn(await house().rows(calendar), `
      | id INT   | date_key INT | full_date DATE |
      | -1       | NULL         | NULL           |
      | 20160101 | 20160101     | 2016-01-01     |
    `)
  })

  it('loads more days than one batch has', async () => {
    const counts = await house().load(inYear('2012-01-01', '2017-12-30'))
    assert.deepEqual([counts.read, counts.newMembers], [2191, 2191])
  })
})

describe('the declaration of a date dimension', () => {
  it('is told which column the calendar lacks, and which one it meant', () => {
    const wrong = date({ create: create('CREATE TABLE date_dim (\n date_key KEY,\n dya_name VARCHAR(9),\n moon INT\n)'), key: 'date_key', from: '2016-01-01', through: '2015-01-01' })
    assert.deepEqual(wrong.problems(wrong.create.definition()), [
      'calendar: from 2016-01-01 is after through 2015-01-01. Way out: swap the two',
      "the create of date_dim names 'dya_name', which is no column of the calendar. Did you mean 'day_name'?",
      "the create of date_dim names 'moon', which is no column of the calendar",
    ])
  })
})
