import { defineConfig, env } from 'starline'
import {
  affiliate, course, date, disability_program, payment_source, product, school, site, user,
} from './dimensions/index.ts'
import { product_sale, product_upload } from './facts/index.ts'

// Reading this file opens nothing: it says where from, where to, and what.
// Each env() takes the variable where it is set, and what stands beside it where it is not; .env.example lists them all.
export default defineConfig({
  // Where rows come from: files:folder, mysql://user:password@host:port/database, postgres://… or duckdb:file.
  source: env('ETL_SOURCE', 'files:examples/notes'),

  // A second database gets a name here, and its queries say it: source('crm', `SELECT …`).
  // sources: { crm: env('CRM_URL') },

  // Where the star goes: duckdb:file (made when it isn't there), mysql://… or postgres://…
  warehouse: env('ETL_WAREHOUSE', 'duckdb:etl-data/warehouse.duckdb'),

  // Where workers meet: redis://…, postgres://…, or embedded, which is one process. run.ts by itself needs no queue.
  queue: env('ETL_QUEUE', 'embedded'),

  logs: 'etl-logs',

  // What is active is exactly what is listed, and the report keeps this order.
  // Take a name out to switch its ETL off: its table stays as it is, and facts go on finding their keys in it.
  dimensions: {
    product,
    user,
    course,
    date,
    school,
    payment_source,
    disability_program,
    affiliate,
    site,
  },

  // facts/product_rating.ts is written and not active: import it above, and list it here to load it too.
  facts: {
    product_sale,
    product_upload,
  },
})
