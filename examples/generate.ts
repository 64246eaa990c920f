import { tables } from './schema.ts'
import * as catalogue from './generator/catalogue.ts'
import * as people from './generator/people.ts'
import * as sales from './generator/sales.ts'
import * as schools from './generator/schools.ts'
import { write, type Format, type Row } from './generator/write.ts'

// Writes the example's data into examples/notes/, the same bytes at every run:
//   node --import tsx examples/generate.ts

const courses = schools.courses()
const products = catalogue.products(courses)

const data: Record<string, [Format, readonly Row[]]> = {
  site: ['csv', schools.sites],
  us_state: ['csv', schools.states],
  school: ['csv', schools.schools()],
  subject: ['csv', schools.subjects],
  course: ['parquet', courses],
  auth_user: ['csv', people.users()],
  user_profile: ['csv', people.profiles()],
  product_kind: ['csv', catalogue.kinds],
  catalogue_product: ['csv', products],
  note_upload: ['csv', catalogue.uploads()],
  product_review: ['csv', catalogue.reviews()],
  payment_source: ['csv', sales.paymentSources],
  affiliate: ['json', sales.affiliates],
  shop_order: ['csv.gz', sales.orders()],
  order_line: ['parquet', sales.orderLines(products)],
}

for (const table of tables()) {
  const [format, rows] = data[table.name] ?? []
  if (!format || !rows) throw new Error(`schema.sql has a table ${table.name} that nothing here fills`)
  await write(table, format, rows)
  console.log(`${table.name}.${format}  ${rows.length} rows`)
}
