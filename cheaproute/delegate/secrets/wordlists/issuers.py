"""First letters that issuers give to their keys."""

from __future__ import annotations

# Each is followed by sixteen token letters or more, none of it a word.
PREFIXES = (
    "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- gldt- glrt- glptt- glft- glimt- glagent- gloas- "
    "glcbt- glsoat- glffct- glrtr- gitlab_session= sk-ant- sk-proj- sk-svcacct- sk-admin- sk-or- "
    "sk-lf- sk-none- sk- sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_ sk_ whsec_ xoxa- "
    "xoxb- xoxp- xoxo- xoxs- xoxr- xoxc- xoxd- xoxe- xoxe. xapp- xwfp- ya29. gocspx- 1//0 npm_ "
    "pypi- sg. shpat_ shpca_ shppa_ shpss_ shpua_ sq0csp- sq0atp- sq0idp- hrku- lin_api_ "
    "lin_oauth_ ntn_ secret_ figd_ figu_ hf_ api_org_ r8_ gsk_ xai- pplx- nvapi- nrak- nrii- nrjs- "
    "nrra- nrbr- nrma- glc_ glsa_ sntrys_ sntryu_ sntrya_ sntryi_ pmak- pmat- rubygems_ dp.pt. "
    "dp.st. dp.ct. dp.sa. dp.scim. dp.audit. hvs. hvb. hvr. atlasv1. pul- pscale_tkn_ pscale_pw_ "
    "pscale_oauth_ sbp_ sb_secret_ nfp_ nfc_ nfo_ fo1_ fm1r_ fm1a_ fm2_ dnkey- sat. ext_ scauth_ "
    "authress_ pat-na1- pat-eu1- pat-ap1- sqp_ squ_ sqa_ dckr_pat_ dckr_oat_ tskey- ops_ clojars_ "
    "pnu_ pnb_ duffel_test_ duffel_live_ shippo_live_ shippo_test_ live_pub_ test_pub_ rzp_live_ "
    "rzp_test_ flwseck- flwseck_test- flwpubk- flwpubk_test- xkeysib- xsmtpsib- sk.eyj cfpat- tfp_ "
    "fio-u- rdme_ tk-us- bkua_ bkaj_ bkct_ bkpt_ ccipat_ cciprj_ y0_ y1_ sm_aat_ ico- sgp_ sgd_ "
    "lsv2_pt_ lsv2_sk_ ls__ pcsk_ tvly- fw_ csk- phc_ phx_ p8e- jfrt@ zpka_ trc_ ddp_ tok_live_ "
    "tok_ key_live_ key_test_ key_ api_ api- pat_ pat. pat- secret- token_ token- apikey_ apikey- "
    "auth_ access_ refresh_ bearer_ oauth_ oauth: accountkey= cfat_ cfut_ e2b_ dg_ cal_live_ "
    "pk_prod_ apify_api_ aio_ bb_live_ bws. crsr_ fal_ jina_ mdb_sa_sk_ n8n_api_ ngrok_ pdl_live_ "
    "qdrant_ rnd_ rpa_ snyk_ svix_ together_ tr_dev_ tr_prod_ unkey_ vcp_ vca_ vck_ vci_ vcr_ "
    "wandb_v1_ bedrock-api-key- key- ctx7sk- bkt_ tkn_ admin_ svc_ deploy_ bot_ svcacct_ "
    "oat_ uak_ sess-"
).split()
# Letters alone, which may stand in base64 as well: only where no such text goes on to the left.
LETTERS = (
    "AIza[A-Za-z0-9_-]{33,} EAA[A-Za-z0-9]{60,} LTAI[A-Za-z0-9]{12,30} AKCp[A-Za-z0-9]{60,} "
    "AKID[A-Za-z0-9]{32} AQVN[A-Za-z0-9_-]{35,} ATATT3[A-Za-z0-9_=-]{60,} "
    "ATCTT3[A-Za-z0-9_=-]{60,} ATBB[A-Za-z0-9]{28,} ATTA[0-9a-f]{60,} oy2[a-z0-9]{43} "
    "cio[a-zA-Z0-9]{32} EZ[AT]K[A-Za-z0-9]{54} ABSK[A-Za-z0-9+/]{60,} cmVmd[A-Za-z0-9]{50,} "
    "ZXlK[A-Za-z0-9_/-]{30,} EAAA[A-Za-z0-9_-]{40,} YC[A-Za-z0-9_-]{38} CLOJARS_[a-z0-9]{60} "
    "4b1d[A-Za-z0-9]{38} eyJrIjoi[A-Za-z0-9+/=]{30,} FlyV1[ ]fm[12][a-z]_[A-Za-z0-9+/=,_-]{40,} "
    "sl\\.[A-Za-z0-9_-]{40,} [st]1?\\.[A-Za-z0-9_.-]{60,} v1\\.[0-9a-f]{40} "
    "\\{AQAAABAAAA[A-Za-z0-9+/=]{20,}\\} sl\\.u\\.[\\w-]{40,} GOOG1?[A-Z0-9]{20,60} "
    "(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoDYXdz|FQoGZXIvYXdz)[A-Za-z0-9+/=]{40,}"
).split()
