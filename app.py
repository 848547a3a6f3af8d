"""The explorer: ``streamlit run app.py -- --store FOLDER`` (or the folder in ``VOC_STORE``)."""

from voc.ui.routes import main

main()
