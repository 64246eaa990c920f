import { create } from 'starline'

export const product_upload = create(`
  CREATE TABLE product_upload_fact (
    date_fk                INT           NOT NULL,
    local_date_fk          INT           NOT NULL,
    product_fk             INT           NOT NULL,
    uploader_fk            INT           NOT NULL,
    course_fk              INT           NOT NULL,
    school_fk              INT           NOT NULL,
    disability_program_fk  INT           NOT NULL,
    upload_id              INT           NOT NULL,
    file_name              VARCHAR(160)  NOT NULL,
    uploaded_at            TIMESTAMP,
    page_count             INT           NOT NULL,
    byte_count             BIGINT        NOT NULL,
    UNIQUE (upload_id)
  )
`)
