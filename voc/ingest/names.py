"""What columns are called in exports, as data: role → names, in English and the other languages of exports.

Names are compared in their plain form (``plain_name``). What a name's wording tells is in ``wording``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_WORD = re.compile(r"[\W_]+")

Names = Mapping[str, tuple[str, ...]]


def plain_name(name: str) -> str:
    """``BankName``, ``bank_name`` and ``Bank name`` → ``bank name``; ``Évaluation`` → ``evaluation``."""
    plain = _NOT_WORD.sub(" ", _CAMEL.sub(" ", name)).strip().lower()
    if plain.isascii():
        return plain
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))


def _listed(names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(plain for name in names.split(",") if (plain := plain_name(name))))


def _listed_by_role(*languages: Mapping[str, str]) -> Names:
    roles = dict.fromkeys(role for language in languages for role in language)
    return MappingProxyType({r: _listed(",".join(language.get(r, "") for language in languages)) for r in roles})


_ENGLISH: Final = {
    "text": """review text, text, review, reviews, comment, comments, verbatim, verbatims, body, content, review body,
        review content, review comment, review comments, narrative, feedback, message, post, posts, tweet, tweet text,
        full text, cooked, selftext, answer, opinion, complaint, complaint text, complaint details, comment text,
        comment body, free text, open text, customer comment, customer comments, customer feedback, customer review,
        customer verbatim, user review, user comment, guest review, survey comment, nps comment, csat comment,
        nps feedback, rating comment, post text, post body, post content, message text, message body, feedback text,
        feedback comment, feedback message, ticket description, case description, remarks, remark, sentence, transcript,
        description, what happened, user comment text, review message, review description""",
    "title": """title, review title, headline, subject, summary, heading, review headline, review summary,
        review subject, comment title, feedback title, ticket subject, case subject, post title""",
    "date": """date, review date, date of review, date review, published, published at, published at date, published
        date, date published, publish date, publication date, review time, unix review time, timestamp
        created, review submit date and time, review created at, review posted date, review timestamp,
        created at, date created, created, created utc, created on, created date, creation date, creation
        time, create time, tweet created, submitted at, submitted, submitted on, submit date, submit date
        utc, date submitted, submission date, submission time, survey date, survey response date,
        response date, responded at, response received at, date responded, responded, responded on, date
        received, received at, received, recorded date, feedback date, comment date, comment created at,
        posted at, posted, posted on, post date, date posted, posted date, timestamp, datetime, date
        time, date utc, time, at, review submission time, review creation date, completed at, completion
        time, date completed, completed, date time opened, opened at, opened, interview date, reported
        at, date added, end date, start date, updated at, date updated, last updated, review last update
        date and time""",
    "score": """nps, nps score, nps rating, likelihood to recommend, ltr, recommend score, net promoter score,
        how likely to recommend, stars, star, star rating, rating, ratings, review rating, reviews rating, rating value,
        rating score, review score, review star, review stars, reviewer score, reviewer rating, guest score,
        guest rating, user rating, user score, customer rating, customer score, overall rating, overall score,
        rating overall, review overall, score, csat, csat score, csat rating, satisfaction, overall satisfaction,
        satisfaction score, satisfaction rating, customer satisfaction, customer satisfaction rating, ces, ces score,
        percent, score percent, rating percent, thumbs, thumb, thumbs up, overall, overall experience, voted up,
        recommended, is recommended, do recommend, recommendation type, recommend, would recommend, grade, marks,
        response""",
    "id": """id, review id, post id, comment id, complaint id, feedback id, message id, tweet id, ticket id, case id,
        case number, ticket number, ticket, record id, uuid, guid, uniq id, unique id, response id, responseid,
        submission id, survey response id, respondent id, interaction id, reference number, review key, comment key,
        recommendationid, survey id""",
    "response_id": "response id, submission id, survey response id, respondent id, responseid",
    "thread_id": """thread id, topic id, conversation id, discussion id, chat id, submission thread,
        ticket id, case number, ticket number, link id""",
    "source": "source, channel, source type, data source, feedback source, review source, review origin, platform",
    "brand": """brand, brand name, bank name, bank, company, company name, airline, airline name, business name,
        business, organisation, organization, hotel, hotel name, restaurant, restaurant name, firm, employer, retailer,
        provider, place name, property name, store, store name, merchant""",
    "product": """product, product name, product title, item, item name, model, variation, tariff, plan, app, app name,
        game, game name, drug name, book title, movie, movie title, course, course name, service, service name,
        product type, asin, product id, sku, package name""",
    "customer_segment": """customer segment, segment, customer type, customer group, customer tier, tier,
        account type, traveller type, traveler type, type of traveller, guest type, reviewer type, persona""",
    "customer_id": """customer id, client id, consumer id, user id, member id, reviewer id, author id, account id,
        contact id, requester id, person id, profile id, customer, username, user name, user, author, author name,
        author steamid, reviewer, reviewer name, profile name""",
    "customer_value": """customer value, clv, ltv, lifetime value, customer lifetime value, annual value, arr, mrr,
        annual revenue, account value, contract value, total spend, annual spend""",
    "weight": "weight, survey weight, case weight, weighting, respondent weight",
    "survey_type": "survey type, survey, survey name, type of survey, questionnaire",
    "question": "question, question text, question title, question name, question label, prompt",
    "touchpoint": "touchpoint, touch point, journey, journey stage, interaction type, contact reason",
    "url": "url, link, permalink, review url, review link, source url, page url, survey url",
}
_GERMAN: Final = {
    "text": """kommentar, kommentare, bewertungstext, rezension, rezensionstext, freitext, nachricht, beitrag,
        rückmeldung, meinung, anmerkung, anmerkungen, beschwerde, kundenkommentar, kundenfeedback, bewertung,
        text der bewertung, freitextantwort, anliegen""",
    "title": "titel, überschrift, betreff",
    "date": """datum, bewertungsdatum, datum der bewertung, erstellt am, erstelldatum, erstellungsdatum, abgegeben am,
        eingegangen am, eingangsdatum, zeitstempel, zeitpunkt, veröffentlicht am, veröffentlicht, verfasst am""",
    "score": """sterne, sternebewertung, gesamtbewertung, bewertung, punkte, punktzahl, zufriedenheit,
        gesamtzufriedenheit, weiterempfehlung, weiterempfehlungsbereitschaft, nps wert""",
    "id": "bewertungs id, bewertungsnummer, kommentar id, vorgangsnummer, fallnummer, ticketnummer",
    "response_id": "antwort id, teilnehmer id",
    "source": "quelle, kanal",
    "brand": "marke, firma, unternehmen, anbieter, filiale",
    "product": "produkt, produktname, artikel, tarif",
    "customer_segment": "kundensegment, kundengruppe, kundentyp",
    "customer_id": "kundennummer, kunden id, kundennr, kunde, nutzer, benutzer, benutzername, verfasser",
    "customer_value": "kundenwert, jahresumsatz",
    "weight": "gewicht, gewichtung",
    "survey_type": "umfrage, befragung",
    "question": "frage, fragetext",
    "touchpoint": "kontaktpunkt",
}
_FRENCH: Final = {
    "text": """commentaire, commentaires, avis, texte, texte de l'avis, message, remarque, remarques, témoignage,
        réclamation, verbatim client, commentaire client, avis client, contenu, réponse libre""",
    "title": "titre, titre de l'avis, objet, sujet",
    "date": """date de l'avis, date d'avis, date de publication, publié le, date de création, créé le, date de réponse,
        horodateur, horodatage, date de soumission""",
    "score": """note, étoiles, nombre d'étoiles, évaluation, note globale, satisfaction globale, note nps,
        recommandation, note sur 5, note sur 10""",
    "id": "identifiant, id avis, numéro, numéro de dossier, numéro d'avis",
    "brand": "marque, entreprise, société, enseigne, magasin",
    "product": "produit, nom du produit, article",
    "customer_segment": "segment client, type de client",
    "customer_id": "id client, client, numéro client, utilisateur, auteur, pseudo",
    "weight": "poids, pondération",
    "survey_type": "enquête, sondage",
    "question": "intitulé de la question",
    "source": "canal",
}
_SPANISH: Final = {
    "text": """comentario, comentarios, reseña, reseñas, opinión, opiniones, texto, mensaje, observaciones, queja,
        contenido, texto de la reseña, comentario del cliente, valoración escrita""",
    "title": "título, asunto",
    "date": """fecha, fecha de la reseña, fecha de publicación, publicado el, fecha de creación, creado el,
        fecha de respuesta, marca temporal, fecha de envío""",
    "score": """puntuación, calificación, valoración, estrellas, nota, puntaje, satisfacción, satisfacción general,
        recomendación""",
    "id": "identificador, id de reseña, número de caso",
    "brand": "marca, empresa, tienda",
    "product": "producto, nombre del producto, artículo",
    "customer_segment": "segmento, segmento de cliente, tipo de cliente",
    "customer_id": "id cliente, id de cliente, cliente, usuario, autor",
    "weight": "peso, ponderación",
    "survey_type": "encuesta",
    "question": "pregunta",
    "source": "fuente, canal, origen",
}
_ITALIAN: Final = {
    "text": """commento, commenti, recensione, recensioni, testo, testo della recensione, opinione, messaggio, reclamo,
        osservazioni, contenuto""",
    "title": "titolo, oggetto",
    "date": """data, data recensione, data della recensione, pubblicato il, data di pubblicazione, creato il,
        data creazione""",
    "score": "punteggio, valutazione, voto, stelle, soddisfazione, soddisfazione complessiva, giudizio",
    "id": "identificativo, id recensione",
    "brand": "azienda, negozio, marchio",
    "product": "prodotto, nome prodotto, articolo",
    "customer_segment": "segmento cliente, tipo cliente",
    "customer_id": "id cliente, cliente, utente, autore",
    "survey_type": "sondaggio",
    "question": "domanda",
    "source": "fonte, canale",
}
_DUTCH: Final = {
    "text": """opmerking, opmerkingen, reactie, recensie, recensies, beoordelingstekst, toelichting, bericht, klacht,
        mening, open antwoord, commentaar, beoordeling, klantfeedback""",
    "title": "titel, onderwerp, kop",
    "date": "datum, datum beoordeling, geplaatst op, ingevuld op, aangemaakt op, datum ingevuld, tijdstempel",
    "score": "beoordeling, score, cijfer, sterren, waardering, tevredenheid, rapportcijfer, aanbeveling",
    "id": "beoordelings id, nummer, zaaknummer",
    "brand": "merk, bedrijf, winkel, vestiging",
    "product": "product, productnaam, artikel",
    "customer_segment": "klantsegment, klanttype",
    "customer_id": "klantnummer, klant id, klant, gebruiker, auteur",
    "survey_type": "enquête",
    "question": "vraag",
    "source": "bron, kanaal",
}
#: The few names that Russian, Japanese, Turkish, Polish and Swedish exports all but always use.
_OTHERS: Final = {
    "text": "отзыв, комментарий, レビュー, コメント, 口コミ, yorum, opinia, komentarz, omdöme",
    "date": "дата, 日付, tarih, data",
    "score": "оценка, рейтинг, 評価, 評点, puan, ocena, betyg",
}
_PORTUGUESE: Final = {
    "text": """comentário, comentários, avaliação, avaliações, texto, opinião, mensagem, reclamação, resenha,
        texto da avaliação, observações, conteúdo, depoimento""",
    "title": "título, assunto",
    "date": """data, data da avaliação, data de publicação, publicado em, data de criação, criado em, data de resposta,
        carimbo de data hora, data do comentário""",
    "score": "nota, pontuação, avaliação, estrelas, classificação, satisfação, recomendação",
    "id": "identificador, id da avaliação, protocolo",
    "brand": "marca, empresa, loja",
    "product": "produto, nome do produto, artigo",
    "customer_segment": "segmento, tipo de cliente",
    "customer_id": "id do cliente, cliente, usuário, utilizador, autor",
    "survey_type": "pesquisa, inquérito",
    "question": "pergunta, questão",
    "source": "fonte, canal, origem",
}

#: Role → plain column names, best first.
NAMES: Final[Names] = _listed_by_role(_ENGLISH, _GERMAN, _FRENCH, _SPANISH, _ITALIAN, _DUTCH, _PORTUGUESE, _OTHERS)

_DATE_NAMES: Final = frozenset(NAMES["date"])

#: Text names that are answers where a table asks questions row by row, and else what the company answered.
ANSWER_NAMES: Final = _listed(
    "response, response text, answer text, reply, antwort, réponse, respuesta, risposta, resposta"
)
#: What was liked and what was not, in columns of their own.
PROS_NAMES: Final = frozenset(_listed("""pros, pros text, positive, positives, positive review, review positive,
    positive comment, positive comments, positive feedback,
    liked, likes, what i liked, what you liked, what did you like, advantages,
    strengths, the good, best, avantages, points positifs, points forts, les plus, vorteile, positiv, positives,
    das war gut, ventajas, lo mejor, aspectos positivos, vantaggi, pregi, aspetti positivi, voordelen, pluspunten,
    positief, vantagens, pontos positivos"""))  # fmt: skip
CONS_NAMES: Final = frozenset(_listed("""cons, cons text, negative, negatives, negative review, review negative,
    negative comment, negative comments, negative feedback,
    disliked, dislikes, what i disliked, what you disliked, what did you dislike,
    disadvantages, weaknesses, the bad, worst, inconvénients, points négatifs, points faibles, les moins, nachteile,
    negativ, negatives, das war schlecht, desventajas, lo peor, aspectos negativos, svantaggi, difetti,
    aspetti negativi, nadelen, minpunten, negatief, desvantagens, pontos negativos, improvements,
    suggestions, suggestion, advice to management, advice to mgmt, advice mgmt, advice, verbesserungsvorschläge,
    sugerencias, suggerimenti, sugestões, suggesties, verbeterpunten"""))  # fmt: skip
#: What a column of pros or cons says where the customer said nothing.
NO_ANSWERS: Final = frozenset({"no negative", "no positive"})

#: Columns that name a person, as ``[kind]`` (their plain name → kind): carried only so.
PERSONAL_NAMES: Final[Mapping[str, str]] = MappingProxyType({
    name: kind
    for kind, names in {
        "name": """name, first name, last name, surname, full name, customer name, consumer name, user name, username,
            user, author, author name, reviewer, reviewer name, guest name, nickname, display name, display username,
            profile name, contact name, respondent name, recipient first name, recipient last name, agent name,
            employee first name, employee last name, employee name, agent, vorname, nachname, kundenname, nom, prénom,
            nom du client, nombre, apellido, apellidos, nome, cognome, sobrenome, voornaam, achternaam, naam, login,
            login name, contact, contacts, kontakt, kunde, kundin, customer, client, cliente, klant, requester,
            requested by, submitter, submitted by, assignee, assigned to, assigned by, handled by, resolved by,
            closed by, opened by, answered by, served by, created by, updated by, signed by, owner, reporter,
            ansprechpartner, bearbeiter, bearbeitet von, sachbearbeiter""",
        "email": """email, e mail, email address, mail, customer email, user email, contact email, person email,
            recipient email, employee email, request sent to, e mail adresse, courriel, correo, correo electrónico,
            e mailadres""",
        "phone": """phone, phone number, mobile, mobile number, telephone, tel, msisdn, telefon, telefonnummer,
            téléphone, teléfono, telefono, telefone, telefoon, telefoonnummer""",
        "address": """address, street, street address, postal address, adresse, anschrift, dirección, indirizzo, adres,
            endereço""",
        "ip": "ip, ip address, ipaddress",
        "image": "avatar, avatar template, consumer image, user image, reviewer photo url",
    }.items()
    for name in _listed(names)
})  # fmt: skip


#: How the name of a column ends that names a person, and ends of that form that do not.
_PERSONAL_END: Final = re.compile(
    r"\w+ (?:(?:display|full|first|last|nick) name|username|login|requester|submitter|assignee|reporter|owner"
    r"|manager|agent|advisor|adviser|representative|supervisor|contact|kontakt|ansprechpartner|kunde)\Z"
)
_IMPERSONAL_ENDS: Final = frozenset(
    f"{thing} display name" for thing in "app brand business company hotel item place product shop store".split()
) | frozenset(
    _listed("""user agent, travel agent, cleaning agent, password manager, file manager, task manager,
    last contact, first contact, next contact, preferred contact, home owner, house owner, car owner, pet owner,
    dog owner""")
)


def personal_kind(name: str) -> str | None:
    """What a column that names a person is masked as (``name``, ``email`` …), or None.

    Of a dotted name the last step is enough (``consumer.displayName``), unless it is just a name, as shops have too.
    Of a longer one its end may tell (``Account manager``, ``requester.name``), save for things (``User agent``).
    """
    plain, last = plain_name(name), plain_name(name.rpartition(".")[2] if " " not in name else name)
    if kind := PERSONAL_NAMES.get(plain) or (PERSONAL_NAMES.get(last) if last != "name" else None):
        return kind
    end = _PERSONAL_END.search(plain)
    personal = end[0] not in _IMPERSONAL_ENDS if end else plain.removesuffix(" name") in PERSONAL_NAMES
    return "name" if personal else None


def is_named_date(plain: str) -> bool:
    """Whether a plain name is one for dates, or one with a word before it: ``message created at``."""
    tail = plain.partition(" ")[2]
    return plain in _DATE_NAMES or (tail in _DATE_NAMES and (" " in tail or tail in ("timestamp", "datetime")))


def names_speaker(plain: str) -> bool:
    """Whether a plain name is of who speaks, or one with words before it: ``message author type``."""
    return plain in SPEAKER_NAMES or " ".join(plain.split()[-2:]) in SPEAKER_NAMES


#: What a source column may say → the source.
SOURCE_ALIASES: Final[Mapping[str, str]] = MappingProxyType({
    name: source
    for source, names in {
        "review": "review, reviews, trustpilot, app store, google play",
        "forum": "forum, community, reddit",
        "survey": "survey, nps, csat, umfrage, enquête, encuesta",
        "complaint": "complaint, complaints, beschwerde",
        "social": "social, social media, twitter, x, facebook, instagram",
        "chat": "chat, live chat",
        "email": "email, e-mail, mail",
        "other": "other",
    }.items()
    for name in map(str.strip, names.split(","))
})  # fmt: skip

#: Columns that tell who speaks, what they say of the company's own people, and what of customers.
SPEAKER_NAMES: Final = frozenset(
    _listed("""author type, sender type, sender, sender role, from type, speaker, role, author role, participant,
        participant type, participant role, speaker role, direction, inbound, is inbound""")
)
COMPANY_SPEAKERS: Final = frozenset(
    """agent admin bot staff operator support representative rep system company employee assistant moderator advisor
    team teammate outbound outgoing false""".split()
)
CUSTOMER_SPEAKERS: Final = frozenset(
    "customer client user visitor consumer end-user guest lead contact member caller inbound incoming true".split()
)

#: Columns with the time of day of a date that stands in another.
CLOCK_NAMES: Final = frozenset(
    _listed("""time, time of day, review time, submitted time, submission time, created time, time submitted,
        time created, time posted, post time, uhrzeit, zeit, heure, hora, ora, tijd, tijdstip""")
)
