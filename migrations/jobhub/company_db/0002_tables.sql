-- Companies, their people, reviews and photos
-- migrate:up

-- created_by is an account of auth_db, as user_id, invited_by, reviewer_id, moderated_by and uploaded_by are below.
CREATE TABLE companies (
    id                    uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    name                  varchar(255) NOT NULL,
    slug                  varchar(255) NOT NULL UNIQUE,
    legal_name            varchar(255),
    description           text,
    tagline               varchar(500),
    website_url           varchar(500),
    logo_url              varchar(500),
    cover_image_url       varchar(500),
    industry              varchar(100),
    company_size          varchar(50)  CHECK (company_size IN (
                                           '1-10', '11-50', '51-200', '201-500', '501-1000', '1001-5000', '5001+'
                                       )),
    founded_year          integer,
    headquarters_location varchar(255),
    locations             text[],
    employee_count        integer,
    annual_revenue        varchar(50),
    company_type          varchar(50)  CHECK (company_type IN (
                                           'startup', 'small_business', 'enterprise', 'non_profit', 'government'
                                       )),
    stock_symbol          varchar(10),
    linkedin_url          varchar(500),
    twitter_url           varchar(500),
    facebook_url          varchar(500),
    instagram_url         varchar(500),
    glassdoor_url         varchar(500),
    benefits              text[],
    perks                 text[],
    "values"              jsonb,
    culture_description   text,
    diversity_statement   text,
    remote_policy         varchar(50)  CHECK (remote_policy IN ('remote_first', 'hybrid', 'office_first', 'flexible')),
    is_verified           boolean      DEFAULT false,
    verification_date     timestamptz,
    status                varchar(20)  DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'suspended')),
    seo_title             varchar(255),
    seo_description       text,
    created_by            uuid,
    created_at            timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at            timestamptz  DEFAULT CURRENT_TIMESTAMP,
    deleted_at            timestamptz
);

-- Who is invited has an account already. invitation_token is a hash.
CREATE TABLE company_employees (
    id                    uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    company_id            uuid         NOT NULL REFERENCES companies (id),
    user_id               uuid         NOT NULL,
    role                  varchar(100),
    department            varchar(100),
    is_admin              boolean      DEFAULT false,
    is_hiring_manager     boolean      DEFAULT false,
    employment_status     varchar(20)  DEFAULT 'active'
                                       CHECK (employment_status IN ('active', 'inactive', 'pending')),
    start_date            date,
    end_date              date,
    invited_by            uuid,
    invitation_token      varchar(255),
    invitation_expires_at timestamptz,
    joined_at             timestamptz,
    created_at            timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at            timestamptz  DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (company_id, user_id)
);

-- One review of a company by a user. Without reviewer_id nobody is known to have written it, and any number of those
-- may be there.
CREATE TABLE company_reviews (
    id                       uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    company_id               uuid         NOT NULL REFERENCES companies (id),
    reviewer_id              uuid,
    reviewer_type            varchar(20)  CHECK (reviewer_type IN (
                                              'current_employee', 'former_employee', 'interview_candidate'
                                          )),
    job_title                varchar(255),
    department               varchar(100),
    employment_duration      varchar(50),
    overall_rating           integer      NOT NULL CHECK (overall_rating BETWEEN 1 AND 5),
    work_life_balance_rating integer      CHECK (work_life_balance_rating BETWEEN 1 AND 5),
    culture_rating           integer      CHECK (culture_rating BETWEEN 1 AND 5),
    career_growth_rating     integer      CHECK (career_growth_rating BETWEEN 1 AND 5),
    compensation_rating      integer      CHECK (compensation_rating BETWEEN 1 AND 5),
    management_rating        integer      CHECK (management_rating BETWEEN 1 AND 5),
    title                    varchar(255) NOT NULL,
    pros                     text         NOT NULL,
    cons                     text         NOT NULL,
    advice_to_management     text,
    would_recommend          boolean,
    is_anonymous             boolean      DEFAULT true,
    status                   varchar(20)  DEFAULT 'pending'
                                          CHECK (status IN ('pending', 'approved', 'rejected', 'flagged')),
    moderation_notes         text,
    moderated_by             uuid,
    moderated_at             timestamptz,
    helpful_count            integer      DEFAULT 0,
    not_helpful_count        integer      DEFAULT 0,
    created_at               timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at               timestamptz  DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (company_id, reviewer_id)
);

CREATE TABLE company_photos (
    id            uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    company_id    uuid         NOT NULL REFERENCES companies (id),
    uploaded_by   uuid         NOT NULL,
    file_name     varchar(255) NOT NULL,
    file_url      varchar(500) NOT NULL,
    file_size     integer,
    caption       text,
    photo_type    varchar(50)  CHECK (photo_type IN ('office', 'team', 'event', 'culture', 'product')),
    is_featured   boolean      DEFAULT false,
    display_order integer      DEFAULT 0,
    status        varchar(20)  DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'rejected')),
    created_at    timestamptz  DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX idx_companies_slug ON companies (slug) WHERE deleted_at IS NULL;
CREATE INDEX idx_companies_industry ON companies (industry) WHERE deleted_at IS NULL;
CREATE INDEX idx_companies_size ON companies (company_size) WHERE deleted_at IS NULL;
CREATE INDEX idx_companies_location ON companies (headquarters_location) WHERE deleted_at IS NULL;
CREATE INDEX idx_companies_verified ON companies (is_verified) WHERE deleted_at IS NULL;
CREATE INDEX idx_companies_status ON companies (status) WHERE deleted_at IS NULL;
CREATE INDEX idx_companies_search ON companies
    USING gin (to_tsvector('english', name || ' ' || COALESCE(description, '')))
    WHERE deleted_at IS NULL;

CREATE INDEX idx_company_employees_company_id ON company_employees (company_id);
CREATE INDEX idx_company_employees_user_id ON company_employees (user_id);
CREATE INDEX idx_company_employees_admin ON company_employees (company_id) WHERE is_admin = TRUE;
CREATE INDEX idx_company_employees_hiring_manager ON company_employees (company_id) WHERE is_hiring_manager = TRUE;
CREATE INDEX idx_company_employees_status ON company_employees (employment_status);

CREATE INDEX idx_company_reviews_company_id ON company_reviews (company_id);
CREATE INDEX idx_company_reviews_reviewer_id ON company_reviews (reviewer_id) WHERE reviewer_id IS NOT NULL;
CREATE INDEX idx_company_reviews_status ON company_reviews (status);
CREATE INDEX idx_company_reviews_rating ON company_reviews (overall_rating);
CREATE INDEX idx_company_reviews_approved ON company_reviews (company_id, status, created_at)
    WHERE status = 'approved';

CREATE INDEX idx_company_photos_company_id ON company_photos (company_id);
CREATE INDEX idx_company_photos_status ON company_photos (status);
CREATE INDEX idx_company_photos_featured ON company_photos (company_id) WHERE is_featured = TRUE;

-- migrate:down

DROP TABLE company_photos;
DROP TABLE company_reviews;
DROP TABLE company_employees;
DROP TABLE companies;
